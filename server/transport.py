"""Transport: the holder of the timeline, and the only wait in the server.

Every clock source (tempo commands, MIDI clock, Link) replaces the timeline; everybody else computes from it.
Nothing else reads a clock or sleeps.
"""

import asyncio
import math
import time
from collections.abc import Callable

from engines.control.state import Ramp
from engines.units import TICKS_PER_BEAT
from server.loud import loud
from server.timeline import Timeline

RAMP_STEP_TICKS = TICKS_PER_BEAT // 8
"""A ramp is heard as smooth and the player is not flooded: 8 straight pieces a beat."""
GRAIN_S = 1e-9
"""Below every clock's resolution: a wait this close to its end has ended."""
GRAIN_TICKS = 1e-5
"""What GRAIN_S amounts to at the fastest tempo, and more: a ramp step this near has been reached."""
FIRST_BPM = 120.0


class Transport:
    """Maps ticks to times through one timeline at a time; lives on one event loop.

    now: the monotonic clock (s); a virtual loop's clock in tests. on_retime: told every new timeline except
    that of `start`, which the player learns with its own message.
    """

    def __init__(
        self, now: Callable[[], float] = time.monotonic, on_retime: Callable[[Timeline], None] = lambda _: None
    ) -> None:
        """Stand at tick 0."""
        self.now = now
        self._on_retime = on_retime
        self._timeline = Timeline(FIRST_BPM, 0.0, now())
        self._sleepers: set[asyncio.Future[None]] = set()
        self._ramp: asyncio.Task[None] | None = None

    @property
    def timeline(self) -> Timeline:
        """The timeline in force."""
        return self._timeline

    @property
    def tick(self) -> float:
        """The tick that sounds now; negative before the start."""
        return self._timeline.tick(self.now())

    @property
    def bpm(self) -> float:
        """The tempo now, beats per minute."""
        return self._timeline.bpm

    def start(self, tick: float, bpm: float, time: float) -> Timeline:
        """Let `tick` sound at `time` (s) and go on at `bpm`; return the new timeline. Ends a ramp."""
        self.close()
        self._set(Timeline(bpm, tick, time))
        return self._timeline

    def retime(self, timeline: Timeline) -> None:
        """Follow an outside clock from now on. Ends a ramp."""
        self.close()
        self._announce(timeline)

    def set_tempo(self, ramp: Ramp) -> None:
        """Follow the ramp's bpm over its ticks; one that lies in the past takes effect at once.

        Law: the tick that sounds at the moment of a change is the same before and after.
        """
        self.close()
        if ramp.tick1 <= self.tick:
            self._announce(self._timeline.retempo(ramp.end, self.now()))
            return
        self._ramp = loud(asyncio.get_running_loop().create_task(self._follow(ramp), name="tempo ramp"))

    def close(self) -> None:
        """End a running ramp; the tempo stays as it is now."""
        if self._ramp is not None:
            self._ramp.cancel()
            self._ramp = None

    async def wait_until(self, tick: float, early: float = 0.0) -> float:
        """Wait until `early` seconds before `tick` sounds; return the time (s) at which it is meant to sound.

        Never returns before that moment (timers may fire too soon: uvloop's by up to 1 ms) and follows every
        change of the timeline while waiting; a moment that has passed returns at once.
        """
        while (left := self._timeline.time(tick) - early - self.now()) > GRAIN_S:
            await self._sleep(left)
        return self._timeline.time(tick)

    async def _follow(self, ramp: Ramp) -> None:
        await self.wait_until(ramp.tick0)
        while (tick := self.tick + GRAIN_TICKS) < ramp.tick1:
            step = min(ramp.tick1, (tick // RAMP_STEP_TICKS + 1) * RAMP_STEP_TICKS)
            self._announce(self._timeline.retempo(_mean(ramp.at(tick), ramp.at(step)), self.now()))
            await self.wait_until(step)
        self._announce(self._timeline.retempo(ramp.end, self.now()))

    async def _sleep(self, seconds: float) -> None:
        """Sleep so long, or until the timeline changes."""
        loop = asyncio.get_running_loop()
        sleeper = loop.create_future()
        timer = loop.call_later(seconds, _wake, sleeper)
        self._sleepers.add(sleeper)
        try:
            await sleeper
        finally:
            timer.cancel()
            self._sleepers.discard(sleeper)

    def _announce(self, timeline: Timeline) -> None:
        self._set(timeline)
        self._on_retime(timeline)

    def _set(self, timeline: Timeline) -> None:
        self._timeline = timeline
        for sleeper in self._sleepers:
            _wake(sleeper)


def _mean(start: float, end: float) -> float:
    """Logarithmic mean: the steady tempo that takes as long as one moving evenly per tick from start to end."""
    return start if math.isclose(start, end) else (end - start) / math.log(end / start)


def _wake(sleeper: "asyncio.Future[None]") -> None:
    if not sleeper.done():
        sleeper.set_result(None)
