"""Beats: told when they sound."""

import math
from collections.abc import Callable

from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT
from server.front import Front
from server.transport import Transport


async def count_beats(
    transport: Transport, front: Front, begin: float, sounds: Callable[[int], bool], on_bar: Callable[[int], None]
) -> None:
    """Announce `/bar` and `/beat` from tick `begin` on, until cancelled; beats slept through are left out.

    The first is told even if it has just passed: an outside clock's start is known when it sounds.
    sounds: whether the music has not ended at a tick; what does not sound is not told.
    """
    beat = math.ceil(begin / TICKS_PER_BEAT)
    while True:
        await transport.wait_until(beat * TICKS_PER_BEAT)
        if sounds(beat * TICKS_PER_BEAT):
            _tell(beat, front, on_bar)
        beat = max(beat + 1, math.ceil(transport.tick / TICKS_PER_BEAT))


def _tell(beat: int, front: Front, on_bar: Callable[[int], None]) -> None:
    bar, beat_in_bar = divmod(beat, BEATS_PER_BAR)
    if beat_in_bar == 0:
        front.announce("/bar", bar)
        on_bar(bar)
    front.announce("/beat", beat_in_bar)
