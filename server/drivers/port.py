"""Port: what one output has to send, in order, through its wire."""

from collections import deque
from typing import Final

from server.player.wire import CONTROL, NOTE_OFF, NOTE_ON, Wire

REPEAT_S: Final = 0.05


class Port:
    """One output: messages that wait, what its receivers hear, what did not fit into a full buffer."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        """Start empty and silent; channels 0..15 in use."""
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.wire = Wire(channels)
        self.backlog: deque[bytes] = deque()
        self.last = 0.0
        self._quieting: deque[tuple[float, bytes]] = deque(maxlen=256)

    def put(self, time: float, data: bytes) -> None:
        """Let a message wait for its time (s), and never overtake an earlier one."""
        self.last = max(time, self.last)
        self.waiting.append((self.last, data))

    def take(self, until: float) -> list[tuple[float, bytes]]:
        """Take what is due before `until` (s), through the wire."""
        due = [(0.0, data) for data in self.backlog]
        self.backlog.clear()
        while self.waiting and self.waiting[0][0] < until:
            moment, data = self.waiting.popleft()
            due += [(moment, sent) for sent in self.wire.carry(data)]
        self._quieting.extend((until, data) for _, data in due if data[0] & 0xF0 in (NOTE_OFF, CONTROL))
        return due

    def repeat(self, now: float) -> None:
        """Send the releases and resets of the last REPEAT_S again, but those that would end a note pressed since.

        After a cycle that was lost: a press that is lost is a missing note, a lost release would hang.
        """
        lost = [data for sent, data in self._quieting if sent > now - REPEAT_S]
        self.backlog.extend(data for data in lost if not self.wire.ended_by(data))

    def hurry(self) -> None:
        """Drop the presses that wait; the rest is due at once, but a clock's pulses stay even."""
        if not self.wire.channels:
            return
        self.last = 0.0
        kept = [data for _, data in self.waiting if data[0] & 0xF0 != NOTE_ON]
        self.waiting.clear()
        self.waiting.extend((0.0, data) for data in kept)

    def reset(self) -> None:
        """Forget what waits; release all that the receivers hear."""
        self.waiting.clear()
        self.backlog.clear()
        self.backlog.extend(self.wire.reset())
