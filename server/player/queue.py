"""TickQueue: what shall happen, ordered by tick; it knows no clock, so a tempo change re-times it by itself.

Laws: at equal ticks releases come first, then hushes, gates, panics, stops, then presses; the rest as it arrived.
"""

import heapq
from collections.abc import Callable
from itertools import count

import msgspec

from engines.note import Note
from server.player.messages import Gate, Load, Panic, Stop


class Release(msgspec.Struct, frozen=True):
    """End of the note that press `owner` began."""

    voice: str
    pitch: int
    owner: int


class Press(msgspec.Struct, frozen=True):
    """A note of a bar, to be sounded."""

    voice: str
    bar: int
    note: Note


class Hush(msgspec.Struct, frozen=True):
    """Release whatever a voice sounds."""

    voice: str


Event = Release | Hush | Gate | Panic | Stop | Press

_RANK: dict[type, int] = {Release: 0, Hush: 1, Gate: 1, Panic: 1, Stop: 1, Press: 2}

Entry = tuple[int, int, int, Event]
Keep = Callable[[int, Event], bool]


class TickQueue:
    """Heap of (tick, rank, order of arrival, event)."""

    def __init__(self) -> None:
        """Start empty."""
        self._heap: list[Entry] = []
        self._order = count()

    def __len__(self) -> int:
        """Count the events."""
        return len(self._heap)

    def add(self, tick: int, event: Event) -> None:
        """Queue one event."""
        heapq.heappush(self._heap, (tick, _RANK[type(event)], next(self._order), event))

    def load(self, load: Load) -> None:
        """Queue a bar in place of what is queued at or after `start` for the same bar and voices."""
        since = load.tick + load.start
        self._keep(
            lambda tick, event: (
                not (
                    isinstance(event, Press) and event.bar == load.bar and event.voice in load.voices and tick >= since
                )
            )
        )
        for voice in load.hush:
            self.add(since, Hush(voice))
        for voice, notes in load.voices.items():
            for note in notes:
                if note.onset >= load.start:
                    self.add(load.tick + note.onset, Press(voice, load.bar, note))

    def drop_presses(self, since: int | None = None, before: int | None = None) -> None:
        """Drop the presses at or after `since` and those before `before` (absolute ticks)."""
        self._keep(
            lambda tick, event: (
                not (
                    isinstance(event, Press)
                    and ((since is not None and tick >= since) or (before is not None and tick < before))
                )
            )
        )

    def clear(self) -> list[Event]:
        """Empty the queue; returns what was in it, in order."""
        events = [entry[3] for entry in sorted(self._heap)]
        self._heap.clear()
        return events

    def next_tick(self) -> int | None:
        """Tick of the next event."""
        return self._heap[0][0] if self._heap else None

    def pop(self, until: float) -> tuple[int, Event] | None:
        """Take the next event at or before tick `until`."""
        if not self._heap or self._heap[0][0] > until:
            return None
        tick, _, _, event = heapq.heappop(self._heap)
        return tick, event

    def presses(self) -> int:
        """Count the presses that wait."""
        return sum(isinstance(entry[3], Press) for entry in self._heap)

    def _keep(self, wanted: Keep) -> None:
        self._heap = [entry for entry in self._heap if wanted(entry[0], entry[3])]
        heapq.heapify(self._heap)
