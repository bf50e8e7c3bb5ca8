"""Tally: what the player counts since its start, told to main in every pulse."""

from typing import Final

from server.player.messages import Pulse

LATE_S: Final = 0.005


class Tally:
    """Presses, releases and lateness; late means more than LATE_S after the note's time."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.pressed = self.released = self.dropped = 0
        self.late: dict[str, int] = {}
        self._worst_s = 0.0

    def press(self, voice: str, behind_s: float) -> bool:
        """Count a press that is sent `behind_s` after its time; True when that is late."""
        self.pressed += 1
        self._worst_s = max(self._worst_s, behind_s)
        if behind_s <= LATE_S:
            return False
        self.late[voice] = self.late.get(voice, 0) + 1
        return True

    def pulse(self, now: float, sounding: int) -> Pulse:
        """Return the counts; the worst lateness begins anew."""
        worst_ms, self._worst_s = self._worst_s * 1000.0, 0.0
        return Pulse(now, self.pressed, self.released, dict(self.late), worst_ms, sounding, self.dropped)
