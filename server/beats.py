"""Beats: told when they sound."""

import math
from collections.abc import Callable

from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT
from server.front import Front
from server.transport import Transport


async def count_beats(transport: Transport, front: Front, on_bar: Callable[[int], None]) -> None:
    """Announce `/bar` and `/beat` from the next beat on, until cancelled; beats slept through are left out."""
    beat = math.ceil(transport.tick / TICKS_PER_BEAT)
    while True:
        await transport.wait_until(beat * TICKS_PER_BEAT)
        bar, beat_in_bar = divmod(beat, BEATS_PER_BAR)
        if beat_in_bar == 0:
            front.announce("/bar", bar)
            on_bar(bar)
        front.announce("/beat", beat_in_bar)
        beat = max(beat + 1, math.ceil(transport.tick / TICKS_PER_BEAT))
