"""From the timeline in force to the one wanted, without a jump and without rushing."""

from engines.units import TICKS_PER_BEAT
from server.timeline import Timeline

SLEW_TICKS = 2 * TICKS_PER_BEAT
"""A small phase error, mostly noise, fades over two beats: nobody hears the tempo move."""
GREAT_TICKS = 5.0
"""An error of so much (5 ms at 120 bpm) fades twice as fast, a greater one faster still."""
MAX_SLEW = 0.25
"""Even a great error never makes the music run more than a quarter faster or slower than the clock."""


def slew(timeline: Timeline, wanted: Timeline, now: float) -> Timeline:
    """Return the timeline that from `now` (s) on draws near to `wanted`; to be called about 8 times a beat.

    Laws: it agrees with `timeline` at `now`; its bpm is within MAX_SLEW of the wanted one's.
    """
    tick = timeline.tick(now)
    error = wanted.tick(now) - tick
    pull = error * (1.0 + abs(error) / GREAT_TICKS) / SLEW_TICKS
    return Timeline(wanted.bpm * (1.0 + max(-MAX_SLEW, min(MAX_SLEW, pull))), tick, now)
