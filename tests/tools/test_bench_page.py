import math

from hypothesis import given
from hypothesis import strategies as st

from tools.bench_page import heard_after, missing

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
