import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engines.measure import rank

pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=40)


@given(pairs)
def test_as_scipy_has_it(found: list[tuple[int, int]]) -> None:
    a, b = zip(*found, strict=True)
    assert rank.ranks(a) == pytest.approx(stats.rankdata(a))
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert rank.spearman(a, b) == pytest.approx(stats.spearmanr(a, b)[0])
    else:
        assert rank.spearman(a, b) == 0.0


def test_shuffles_forget_the_order() -> None:
    x = np.arange(32)
    assert rank.spearman(x, x**3) == pytest.approx(1)
    assert abs(rank.shuffled(x, x, np.random.default_rng(0), 200)) < 0.05
