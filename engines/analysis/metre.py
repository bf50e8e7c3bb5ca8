"""The metre of music: bar lines, beats, how strong a place is, seconds; all from the maps that came with the notes."""

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from engines.analysis.music import Ints, Metre, Music
from engines.units import TICKS_PER_BEAT

WHOLE: Final = 4 * TICKS_PER_BEAT
BAR, HALF, BEAT, PART = 0, 1, 2, 3
"""Levels of strength: a bar line, a strong beat inside the bar, any other beat, between beats."""
DEFAULT_BPM: Final = 120.0  # what a MIDI file without a tempo means by its standard
SHORTEST_BAR: Final = TICKS_PER_BEAT // 2  # a bar of less than an eighth is a damaged file, and no metre
LONGEST_BAR: Final = 16 * TICKS_PER_BEAT
FINEST: Final = TICKS_PER_BEAT // 4  # harmony does not change faster than in sixteenths


class Grid:
    """Bars and beats of one music; a beat is the metre's (`beat`)."""

    def __init__(self, music: Music) -> None:
        """Lay the bars out over the music."""
        self.metres = _metres(music)
        self.end = max(music.end, 1)
        self._starts = [metre.tick for metre in self.metres]
        tempos = [(t.tick, t.bpm) for t in music.tempos if t.bpm > 0] or [(0, DEFAULT_BPM)]
        self._marks, self._tempos = [0, *(tick for tick, _ in tempos[1:])], [bpm for _, bpm in tempos]
        passed = (
            (b - a) / TICKS_PER_BEAT * 60 / bpm
            for (a, b), bpm in zip(pairwise(self._marks), self._tempos, strict=False)
        )
        self._times = list(accumulate(passed, initial=0.0))

    @cached_property
    def bars(self) -> Ints:
        """Ticks of all bar lines, int64 [bars + 1]; the last one is at or behind the end."""
        lines = [0]
        for metre, stop in zip(self.metres, [*self._starts[1:], None], strict=True):
            last = self.end if stop is None else min(stop, self.end)
            while lines[-1] < last:
                lines.append(lines[-1] + length(metre))
            if stop is not None and lines[-1] > stop > lines[-2]:
                lines[-1] = stop  # a metre begins its own bar, wherever it stands
        return np.array(lines, np.int64)

    @property
    def count(self) -> int:
        """The number of bars."""
        return len(self.bars) - 1

    def bar(self, tick: int) -> int:
        """Return the number of the bar, from 0, in which a tick lies."""
        return max(0, min(int(np.searchsorted(self.bars, tick, "right")) - 1, self.count - 1))

    def place(self, tick: int) -> tuple[int, float]:
        """Return the bar from 1 and the beat from 1.0 of a tick, counted in the metre's beats."""
        number = self.bar(tick)
        return number + 1, round(1 + (tick - int(self.bars[number])) / beat(self.metre(tick)), 3)

    def metre(self, tick: int) -> Metre:
        """Return the time signature that holds at a tick."""
        return self.metres[max(0, bisect_right(self._starts, tick) - 1)]

    @cached_property
    def frames(self) -> Ints:
        """Ticks between which harmony stands still, int64 [frames + 1]: beats and their halves (thirds in 6/8)."""
        ticks: list[int] = []
        for begin, end in pairwise(self.bars.tolist()):
            ticks += range(begin, end, pulse(self.metre(begin)))
        return np.array([*ticks, int(self.bars[-1])], np.int64)

    @cached_property
    def levels(self) -> Ints:
        """The level of every frame's start, int64 [frames]."""
        return np.array([self.level(tick) for tick in self.frames[:-1].tolist()], np.int64)

    def level(self, tick: int) -> int:
        """Return how strong a place is: BAR, HALF, BEAT or PART."""
        inside = tick - int(self.bars[self.bar(tick)])
        metre = self.metre(tick)
        if inside == 0:
            return BAR
        return HALF if inside % strong(metre) == 0 else BEAT if inside % beat(metre) == 0 else PART

    def seconds(self, tick: int) -> float:
        """Return the time of a tick from the start."""
        at = max(0, bisect_right(self._marks, tick) - 1)
        return self._times[at] + (tick - self._marks[at]) / TICKS_PER_BEAT * 60 / self._tempos[at]


def length(metre: Metre) -> int:
    """Return the ticks of a bar."""
    return WHOLE * metre.beats // metre.unit


def beat(metre: Metre) -> int:
    """Return the ticks of a beat: three units where they group so (6/8, 9/8, 12/8), else a unit, a quarter at most."""
    unit = WHOLE // metre.unit
    return 3 * unit if compound(metre) else min(unit, TICKS_PER_BEAT)


def compound(metre: Metre) -> bool:
    """Whether the beats of a metre divide into three."""
    return metre.unit >= 8 and metre.beats % 3 == 0 and metre.beats > 3


def pulse(metre: Metre) -> int:
    """Return the ticks between places where harmony may change: half a beat, a third of one in 6/8."""
    return max(FINEST, beat(metre) // (3 if compound(metre) else 2))


def strong(metre: Metre) -> int:
    """Return the ticks between strong beats: half a bar where it divides evenly (4/4, 6/8, 12/8), else the bar."""
    half, rest = divmod(length(metre), 2)
    return length(metre) if rest or half % beat(metre) else half


def _metres(music: Music) -> tuple[Metre, ...]:
    """Return the metres that can be, from tick 0 on, no two of them closer than the shortest bar."""
    found = [Metre(0, 4, 4)]
    for metre in music.metres:
        if metre.unit < 1 or not SHORTEST_BAR <= length(metre) <= LONGEST_BAR:
            continue
        if max(0, metre.tick) - found[-1].tick < SHORTEST_BAR:
            found[-1] = Metre(found[-1].tick, metre.beats, metre.unit)
        elif (metre.beats, metre.unit) != (found[-1].beats, found[-1].unit):
            found.append(metre)
    return tuple(found)
