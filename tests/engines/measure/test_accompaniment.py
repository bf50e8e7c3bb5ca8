from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.measure import accompaniment
from engines.measure.line import line_of, roll_of
from tests.engines.measure.making import rows

MELODY = line_of([(0, 8, 72), (8, 4, 74)], 1)
chord = st.lists(st.integers(40, 80), min_size=1, max_size=5, unique=True)


def test_consonance_and_support_by_hand() -> None:
    # C over C: consonant for 4 steps; C over D: not (2 semitones... 10); then D over nothing for 4
    others = roll_of([(0, 4, 48), (4, 4, 50)], 1)
    assert accompaniment.consonant_share(MELODY, others) == pytest.approx(4 / 12)
    assert accompaniment.unsupported_share(MELODY, others) == pytest.approx(4 / 12)
    both = others | roll_of([(4, 8, 57)], 1)  # A: a minor third below C, a fourth below D
    assert accompaniment.consonant_share(MELODY, both) == pytest.approx(8 / 12)
    assert accompaniment.unsupported_share(MELODY, both) == 0.0
    assert accompaniment.consonant_share(line_of([], 1), others) is None


def test_movement_by_the_best_assignment() -> None:
    assert accompaniment.movement(np.array([60, 64, 67]), np.array([60, 65, 69])) == 1.0
    assert accompaniment.movement(np.array([60, 64, 67]), np.array([48, 60, 64, 67])) == 0.0


@given(chord, chord)
def test_the_assignment_is_the_best_there_is(before: list[int], after: list[int]) -> None:
    few, many = sorted((before, after), key=len)
    best = min(sum(abs(a - b) for a, b in zip(few, order, strict=False)) for order in permutations(many, len(few)))
    assert accompaniment.movement(np.array(before), np.array(after)) == pytest.approx(best / len(few))


def test_movements_go_from_the_last_to_the_first_sound_of_a_chord() -> None:
    chords = rows("C", "F", "F", "C")
    held = roll_of([(0, 16, 60), (18, 8, 62), (40, 4, 65), (48, 16, 64)], 4)
    assert accompaniment.movements(held, chords) == [2.0, 1.0]  # late entries and changes under one chord count not
    assert accompaniment.movements(roll_of([(0, 16, 60)], 4), chords) == []


def test_histograms() -> None:
    roll = roll_of([(0, 4, 60), (20, 4, 67), (16, 4, 60)], 2)
    assert accompaniment.onset_histogram(roll).tolist() == [2, 0, 0, 0, 1] + [0] * 11
    assert accompaniment.class_histogram(roll, tonic=7).tolist() == [1, 0, 0, 0, 0, 2] + [0] * 6
