import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ngram import WittenBell

PIECES = st.lists(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4)), max_size=12), max_size=6)


@given(PIECES, st.integers(1, 4), st.lists(st.integers(0, 4), max_size=5))
def test_chances_are_chances_whatever_was_seen(pieces, order, past):
    model = WittenBell(order, 5).learn(pieces)
    for side in (0, 1, 2):
        found = model.probabilities(side, past)
        assert found.sum() == pytest.approx(1)
        assert (found > 0).all()


def test_by_hand():
    model = WittenBell(2, 3).learn([[(0, 0), (0, 1), (0, 0), (0, 1)]])
    # unigram: counts 2, 2; two kinds: (2 + 2/3) / 6 ...; bigram after 0: only 1, twice; one kind
    unigram = np.array([2 + 2 / 3, 2 + 2 / 3, 2 / 3]) / 6
    assert np.allclose(model.probabilities(0, []), unigram)
    assert np.allclose(model.probabilities(0, [0]), (np.array([0, 2, 0]) + unigram) / 3)


def test_more_context_helps_where_there_is_a_pattern():
    piece = [(0, n % 4) for n in range(200)]
    long, short = WittenBell(3, 4).learn([piece]), WittenBell(1, 4).learn([piece])
    assert long.score([piece])[0] < 0.1 < short.score([piece])[0]
    assert long.score([piece])[1] > 0.99
