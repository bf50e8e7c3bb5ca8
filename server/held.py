"""Held: what main knows of the notes that sound, should the player die."""

from engines.units import TICKS_PER_BAR
from server.player.messages import Sounded


class Held:
    """The notes that may sound at the receivers when a player dies: a superset, from what it told."""

    def __init__(self) -> None:
        """Start in silence."""
        self._ends: dict[tuple[str, int], int] = {}
        self._last = 0

    def add(self, sounded: Sounded) -> None:
        """Note a press."""
        self._ends[sounded.voice, sounded.note.pitch] = sounded.tick + sounded.note.duration
        self._last = max(self._last, sounded.tick)

    def notes(self) -> tuple[tuple[str, int], ...]:
        """Return (voice, pitch) of all that ended no more than a bar before the last press."""
        return tuple(note for note, end in self._ends.items() if end >= self._last - TICKS_PER_BAR)
