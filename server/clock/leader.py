"""Leader: who leads the tempo, and what his ticks are in ours."""

import math
from collections.abc import Callable

from msgspec.structs import replace

from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from server.timeline import Timeline
from server.transport import Transport


class Leader:
    """An outside clock as the performance sees it; without one, nobody leads.

    is_led: whether an outside clock leads the tempo. place: when it wants a bar line (tick) to sound, None = it
    does not mind.
    """

    def __init__(self, transport: Transport) -> None:
        """Let nobody lead."""
        self._transport = transport
        self._origin = 0.0
        self.is_led: Callable[[], bool] = lambda: False
        self.place: Callable[[int], Timeline | None] = lambda _tick: None

    @property
    def outside(self) -> Timeline:
        """The timeline in force, in the outside clock's ticks."""
        timeline = self._transport.timeline
        return replace(timeline, tick0=timeline.tick0 + self._origin)

    def started(self) -> None:
        """Take its ticks for ours from now on: it has started the music."""
        self._origin = 0.0

    def ours(self, timeline: Timeline) -> Timeline:
        """Return its timeline in our ticks."""
        return replace(timeline, tick0=timeline.tick0 - self._origin)

    def start(self, tick: int, begin: float, bpm: float) -> Timeline:
        """Return when `tick` shall sound, not before `begin` (s): then, at our `bpm`; if led, on the clock's beat."""
        if not self.is_led():
            return Timeline(bpm, tick, begin)
        placed = self.place(tick)
        if placed is not None:
            bars = math.ceil(max(0.0, placed.tick(begin) - tick) / TICKS_PER_BAR)
            return Timeline(placed.bpm, tick, placed.time(tick + bars * TICKS_PER_BAR))
        outside = self.outside
        beat = math.ceil(outside.tick(begin) / TICKS_PER_BEAT) * TICKS_PER_BEAT
        self._origin = float(beat - tick)
        return Timeline(outside.bpm, tick, outside.time(beat))
