"""Timeline: tempo as a value that maps ticks to seconds and back.

After Ableton Link's `Timeline`: three numbers, an exact inverse, and a tempo change makes a new value
that agrees with the old one at the moment of change.
"""

import msgspec

from engines.units import TICKS_PER_BEAT


class Timeline(msgspec.Struct, frozen=True):
    """A straight line through (tick0, time0).

    bpm: beats per minute, > 0.  tick0: ticks (may be fractional after a tempo change).
    time0: seconds of the monotonic clock.
    """

    bpm: float
    tick0: float
    time0: float

    @property
    def seconds_per_tick(self) -> float:
        """Seconds one tick lasts."""
        return 60.0 / (self.bpm * TICKS_PER_BEAT)

    def time(self, tick: float) -> float:
        """Return the monotonic time (s) at which `tick` sounds."""
        return self.time0 + (tick - self.tick0) * self.seconds_per_tick

    def tick(self, time: float) -> float:
        """Return the tick sounding at monotonic `time` (s); inverse of `time`."""
        return self.tick0 + (time - self.time0) / self.seconds_per_tick

    def retempo(self, bpm: float, now: float) -> "Timeline":
        """Return the timeline with another tempo that agrees with this one at `now` (s)."""
        return Timeline(bpm, self.tick(now), now)
