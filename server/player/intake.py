"""Intake: MIDI input between a driver's thread and the player, bounded.

A controller that floods costs at most one message per controller and take; notes, clock and programs are kept
in order. Long system exclusive messages are dropped.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from server.player.messages import MidiIn

RESET: Final = 0xFF
"""MIDI's system reset; what a driver puts, too, when a device is gone, whose keys nobody will release."""
MAX_SYSEX_BYTES: Final = 256
MAX_WAITING: Final = 4096
MAX_TAKEN: Final = 256
# parts of one (N)RPN or data entry: their order carries the meaning
_ORDERED: Final = frozenset((6, 38, 96, 97, 98, 99, 100, 101, 120, 121, 123))


class Intake:
    """`put` from any thread, `take` from the player's."""

    def __init__(self, wake: Callable[[], object]) -> None:
        """Start empty; wake: called when something waits, at most once between two takes."""
        self._waiting: deque[MidiIn] = deque(maxlen=MAX_WAITING)
        self._wake, self._woken = wake, False

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def put(self, time: float, data: bytes) -> None:
        """Accept one message that arrived at `time` (s, monotonic)."""
        if data and len(data) <= MAX_SYSEX_BYTES and data[0] != 0xFE:  # active sensing says nothing
            self._waiting.append(MidiIn(time, data))
            if not self._woken:
                self._woken = True
                self._wake()

    def take(self) -> list[MidiIn]:
        """Take what waits, of each controller only the last; at most MAX_TAKEN messages read."""
        self._woken = False
        taken: dict[object, MidiIn] = {}
        for serial in range(min(len(self._waiting), MAX_TAKEN)):
            message = self._waiting.popleft()
            key = _continuous(message.data) or serial
            taken.pop(key, None)  # the last value stands where it arrived
            taken[key] = message
        return list(taken.values())


def _continuous(data: bytes) -> bytes | None:
    """Return what makes two messages the same control, None for all that must not be merged."""
    kind = data[0] & 0xF0
    if kind == 0xB0 and len(data) == 3 and data[1] not in _ORDERED:
        return data[:2]
    if kind in (0xD0, 0xE0):
        return data[:1]
    return data[:2] if kind == 0xA0 else None
