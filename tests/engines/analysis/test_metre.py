from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.analysis.metre import BAR, BEAT, HALF, PART, Grid, beat, length, pulse
from engines.analysis.music import Metre, Music, Tempo
from tests.engines.analysis.making import line, track


def grid(bars: int, *metres: Metre, tempos: tuple[Tempo, ...] = ()) -> Grid:
    return Grid(Music((track(line([60] * bars, 1920)),), metres, tempos))


@pytest.mark.parametrize(
    ("beats", "unit", "bar", "step", "frame"),
    [
        (4, 4, 1920, 480, 240),
        (3, 4, 1440, 480, 240),
        (6, 8, 1440, 720, 240),
        (2, 2, 1920, 480, 240),
        (9, 8, 2160, 720, 240),
        (3, 8, 720, 240, 120),
    ],
)
def test_bars_beats_and_frames_of_the_common_metres(beats: int, unit: int, bar: int, step: int, frame: int) -> None:
    metre = Metre(0, beats, unit)
    assert (length(metre), beat(metre), pulse(metre)) == (bar, step, frame)


def test_levels_of_a_bar() -> None:
    assert grid(1, Metre(0, 4, 4)).levels.tolist() == [BAR, PART, BEAT, PART, HALF, PART, BEAT, PART]
    assert grid(3, Metre(0, 3, 4)).levels[:6].tolist() == [BAR, PART, BEAT, PART, BEAT, PART]
    assert grid(3, Metre(0, 6, 8)).levels[:6].tolist() == [BAR, PART, PART, HALF, PART, PART]


def test_a_metre_begins_its_own_bar_where_it_stands() -> None:
    found = grid(3, Metre(0, 4, 4), Metre(2400, 3, 4))
    assert found.bars[:4].tolist() == [0, 1920, 2400, 3840]
    assert found.place(2400) == (3, 1.0)
    assert found.place(2400 + 720) == (3, 2.5)


def test_impossible_metres_are_passed_over() -> None:
    found = grid(2, Metre(0, 1, 64), Metre(480, 255, 1), Metre(600, 3, 0))
    assert [(m.beats, m.unit) for m in found.metres] == [(4, 4)]


@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 20), st.sampled_from([1, 2, 4, 8, 16, 64])), max_size=8)
)
def test_bars_rise_and_reach_the_end_and_frames_lie_within_them(marks: list[tuple[int, int, int]]) -> None:
    found = grid(5, *(Metre(*mark) for mark in sorted(marks)))
    assert all(a < b for a, b in pairwise(found.bars.tolist()))
    assert found.bars[0] == 0
    assert found.bars[-1] >= found.end > found.bars[-2]
    assert all(a < b for a, b in pairwise(found.frames.tolist()))
    assert set(found.bars.tolist()) <= set(found.frames.tolist())
    assert len(found.levels) == len(found.frames) - 1
    assert np.flatnonzero(found.levels == BAR).tolist() == np.searchsorted(found.frames, found.bars[:-1]).tolist()


def test_seconds_follow_the_tempo_map() -> None:
    found = grid(4, tempos=(Tempo(0, 60), Tempo(960, 120)))
    assert found.seconds(960) == pytest.approx(2)
    assert found.seconds(1920) == pytest.approx(3)
    assert grid(1).seconds(480) == pytest.approx(0.5)
