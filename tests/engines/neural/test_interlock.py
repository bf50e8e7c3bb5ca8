import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.neural.interlock import close, crowd_of, crowding
from engines.note import Bar, Note

STEP = 120


def notes(*placed):
    return Bar.of([Note(step * STEP, length * STEP, pitch, 90) for step, length, pitch in placed])


def line(*placed):
    pitch, onset = np.full(16, -1), np.zeros(16, bool)
    for step, length, number in placed:
        pitch[step : step + length], onset[step] = number, True
    return pitch, onset


WRITTEN = {"arp": notes((0, 4, 72), (4, 4, 76)), "lead": notes((0, 16, 80)), "drums": notes((0, 1, 36))}


def test_only_other_pitched_voices_are_in_the_way():
    crowd = crowd_of(WRITTEN, "lead", near=1, budget=99)
    assert sorted(set(np.flatnonzero(crowd.sounding.any(axis=0)).tolist())) == [72, 76]
    assert crowd.onsets.sum() == 2


def test_a_collision_is_near_in_pitch_and_at_the_same_time():
    crowd = crowd_of(WRITTEN, "lead", near=2, budget=99)
    assert crowding(*line((0, 4, 74)), crowd) == 1
    assert crowding(*line((0, 4, 75)), crowd) == 0
    assert crowding(*line((8, 4, 72)), crowd) == 0
    assert crowding(*line((0, 4, 72), (8, 4, 72)), crowd) == 0.5


def test_onsets_beyond_the_budget_of_a_register_count():
    tight, wide = (crowd_of(WRITTEN, "lead", near=0, budget=budget) for budget in (3, 9))
    busy = line(*((8 + 2 * n, 1, 79) for n in range(4)))
    assert crowding(*busy, wide) == 0
    assert crowding(*busy, tight) == 3 / 16  # two written and four of its own, three over
    assert crowding(*line(*((8 + 2 * n, 1, 90) for n in range(4))), tight) == 0, "a register of its own"


@given(st.integers(0, 127), st.integers(0, 12))
def test_near_is_as_far_up_as_down(pitch, near):
    found = close(crowd_of({"pad": notes((0, 16, pitch))}, "lead", near=near, budget=1))
    assert np.flatnonzero(found[0]).tolist() == [p for p in range(128) if abs(p - pitch) <= near]
    assert (found == found[0]).all()


def test_with_nothing_written_nothing_is_in_the_way():
    assert crowding(*line((0, 16, 60)), crowd_of({}, "lead", near=12, budget=0)) == 0
