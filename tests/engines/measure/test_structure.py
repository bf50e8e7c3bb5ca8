from collections import Counter

import numpy as np
import pytest
from hypothesis import given

from engines.measure import structure
from engines.measure.line import line_of
from tests.engines.measure.making import lines, scale


def test_likeness_by_lag() -> None:
    # bars A B A B: alike at lag 2, nothing in common at lags 1 and 3
    line = line_of([(0, 4, 60), (16, 4, 62), (32, 4, 60), (48, 4, 62)], 4)
    assert structure.lag_similarity(line, 4)[:3].tolist() == [0, 1, 0]
    assert np.isnan(structure.lag_similarity(line, 4)[3])
    half = line_of([(0, 4, 60), (4, 4, 64), (16, 4, 60)], 2)
    assert structure.lag_similarity(half, 1).tolist() == [0.5]


def test_error_skips_lags_that_are_missing() -> None:
    assert structure.similarity_error(np.array([0.5, np.nan, 1]), np.array([0.25, 1, 1])) == 0.125
    assert structure.similarity_error(np.array([np.nan]), np.array([0.5])) == 0.0


def test_progressions() -> None:
    assert structure.progression_irregularity("CGAF" * 4) == pytest.approx(4 / 14)
    assert structure.progression_irregularity("CCGGAAFF") == 1.0  # two trigrams of the four changes
    assert structure.progression_irregularity("CC") == 0.0


def test_vendi_counts_different_pieces() -> None:
    one, other = (Counter({((n, 4), (1, 4), (2, 4)): 3}) for n in (1, 2))
    assert structure.vendi([one, one, one]) == pytest.approx(1)
    assert structure.vendi([one, other]) == pytest.approx(2)
    assert 1 < structure.vendi([one, one, other]) < 2
    assert structure.vendi([]) == 0


@given(lines)
def test_ngrams_are_the_same_in_every_key(line: object) -> None:
    moved = line_of([(s, n, p + 7) for s, n, p in zip(line.starts, line.lengths, line.notes, strict=True)], 4)
    assert structure.melodic_ngrams(moved) == structure.melodic_ngrams(line)


def test_ngrams_count() -> None:
    assert sum(structure.melodic_ngrams(scale()).values()) == 5
