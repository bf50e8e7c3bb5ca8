import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.measure import spread

values = st.lists(st.floats(-50, 50), min_size=3, max_size=30)
counts = st.lists(st.integers(0, 20), min_size=4, max_size=4)


def test_the_area_of_two_bells_is_known() -> None:
    dice = np.random.default_rng(0)
    one, other = dice.normal(0, 1, 4000), dice.normal(2, 1, 4000)
    assert spread.common_area(one, other) == pytest.approx(0.3173, abs=0.02)  # 2 * Phi(-1)
    assert spread.common_area(one, one) == pytest.approx(1, abs=1e-3)
    assert spread.common_area(one, other + 100) == pytest.approx(0, abs=1e-6)


def test_overlap_falls_as_a_set_moves_away_or_narrows() -> None:
    dice = np.random.default_rng(1)
    real = dice.normal(0, 1, 80)
    near, far, narrow = dice.normal(0, 1, 80), dice.normal(3, 1, 80), dice.normal(0, 0.05, 80)
    found = [spread.overlapping_area(real, made) for made in (near, narrow, far)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.9
    assert found[2] < 0.5
    assert spread.overlapping_area(real, [1.0, 2.0]) == 0.0


def test_values_that_never_change_have_an_area() -> None:
    assert spread.common_area(np.ones(9), np.ones(5)) == pytest.approx(1)
    assert spread.common_area(np.ones(9), np.zeros(5)) == pytest.approx(0)


@given(values, values)
def test_the_area_is_symmetric_and_a_share(one: list[float], other: list[float]) -> None:
    a, b = np.array(one), np.array(other)
    assert 0 <= spread.common_area(a, b) <= 1
    assert spread.common_area(a, b) == pytest.approx(spread.common_area(b, a))


def test_distances() -> None:
    assert sorted(spread.distances([1, 4, 6])) == [2, 3, 5]
    assert sorted(spread.distances([1, 4], [2])) == [1, 2]


@given(counts, counts)
def test_jensen_shannon_is_symmetric_between_nothing_and_one_bit(one: list[int], other: list[int]) -> None:
    found = spread.jensen_shannon(one, other)
    assert 0 <= found <= 1 + 1e-12
    assert found == pytest.approx(spread.jensen_shannon(other, one))
    assert spread.jensen_shannon(one, one) == pytest.approx(0)


def test_jensen_shannon_by_hand() -> None:
    assert spread.jensen_shannon([1, 0], [0, 5]) == pytest.approx(1)
    assert spread.jensen_shannon([1, 1], [2, 0]) == pytest.approx(0.3112781)
