import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import bench_page
from tools.bench_page import browser_seconds, drawing_rows, heard_after, missing

BARS = [
    {"bar": bar, "tick": bar * 1920, "notes": {"lead": [[0, 100, 60, 90], [960, 100, 64, 90]], "drums": []}}
    for bar in range(4)
]


def played(bars):
    return [
        {"voice": voice, "bar": bar["bar"], "tick": bar["tick"] + note[0], "pitch": note[2]}
        for bar in bars
        for voice, notes in bar["notes"].items()
        for note in notes
    ]


@given(st.lists(st.integers(0, 100), min_size=1), st.integers(0, 100))
def test_the_nearest_stroke_counts(strokes, moment):
    (after,) = heard_after([moment], strokes)
    assert moment + after in strokes
    assert abs(after) == min(abs(stroke - moment) for stroke in strokes)


def test_nothing_heard_is_no_number():
    assert all(math.isnan(after) for after in heard_after([1.0, 2.0], []))
    assert heard_after([], [1.0]) == []


def test_notes_that_were_not_played_are_counted_over_whole_bars():
    onsets = played(BARS)
    assert missing(onsets, BARS) == 0
    lost = [onset for onset in onsets if (onset["bar"], onset["pitch"]) != (1, 64)]
    assert missing(lost, BARS) == 0.25
    begun_in_the_middle = onsets[1:-1]
    assert missing(begun_in_the_middle, BARS) == 0
    assert math.isnan(missing([], BARS))


def test_without_a_browser_none_takes_anything():
    assert browser_seconds() == 0


def test_the_processor_time_is_that_of_our_processes_of_that_name(monkeypatch):
    monkeypatch.setattr(bench_page, "PROGRAM", Path("/proc/self/comm").read_text().strip())
    assert browser_seconds() == pytest.approx(sum(os.times()[:2]), abs=0.1)


def test_what_is_told_of_frames_is_that_between_the_two_looks():
    before = {"now": 100.0, "taken": 7.0, "count": 50, "costs": [900.0] * 50}
    after = {"now": 110.0, "taken": 10.0, "count": 250, "costs": [900.0] * 50 + [4.0] * 199 + [9.0]}
    told = {row["name"]: row["value"] for row in drawing_rows(before, after)}
    assert told["browser, sound and picture, of a core"] == pytest.approx(30)
    assert told["frames a second"] == pytest.approx(20)
    assert told["frame, until it is painted, p50"] == 4
    assert told["frame, until it is painted, worst"] == 9


def test_a_page_that_drew_nothing_has_no_cost():
    look = {"now": 0.0, "taken": 0.0, "count": 3, "costs": [1.0] * 3}
    told = {row["name"]: row["value"] for row in drawing_rows(look, {**look, "now": 1.0})}
    assert told["frames a second"] == 0
    assert math.isnan(told["frame, until it is painted, p50"])
