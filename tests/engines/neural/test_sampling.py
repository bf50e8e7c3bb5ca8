import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engines.neural.sampling import distribution, draw, guided, pick, softmax, top_k, top_p

LOGITS = arrays(np.float32, (3, 7), elements=st.floats(-20, 20, width=32))
MASK = arrays(bool, (3, 7)).filter(lambda m: m.any(axis=1).all())


@given(LOGITS, MASK, st.floats(0.1, 3), st.floats(0.05, 1))
def test_nothing_forbidden_is_ever_drawn(logits, mask, temperature, p):
    chances = distribution(logits, allowed=mask, temperature=temperature, p=p)
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert (chances[~mask] == 0).all()
    for mark in (0.0, 0.5, 1 - 1e-12):
        chosen = pick(chances, np.full(3, mark))
        assert mask[np.arange(3), chosen].all()


@given(LOGITS, st.floats(0.05, 1))
def test_top_p_keeps_the_likeliest_and_enough_of_them(logits, p):
    chances = softmax(logits)
    kept = top_p(chances, p) > 0
    assert ((chances * kept).sum(axis=1) >= min(p, 1) - 1e-4).all()
    for row, keep in zip(chances, kept, strict=True):
        if not keep.all():
            assert row[keep].min() > row[~keep].max()


def test_draws_follow_the_chances_and_the_seed():
    chances = np.tile(np.array([[0.7, 0.0, 0.3]], np.float32), (4000, 1))
    drawn = draw(chances, np.random.default_rng(0))
    assert (drawn == draw(chances, np.random.default_rng(0))).all()
    assert (drawn == 0).mean() == pytest.approx(0.7, abs=0.03)
    assert not (drawn == 1).any()


def test_guidance_one_is_the_plain_network_and_more_goes_beyond():
    told, free = np.array([[2.0, 0.0]], np.float32), np.array([[1.0, 0.5]], np.float32)
    assert guided(told, free, 1.0).tolist() == told.tolist()
    assert guided(told, free, 2.0).tolist() == [[3.0, -0.5]]


def test_bias_and_temperature_act_after_the_mask():
    logits, mask = np.zeros((1, 3), np.float32), np.array([True, True, False])
    chances = distribution(logits, allowed=mask, bias=np.array([1.0, 0, 50], np.float32), temperature=0.5)
    assert chances[0, 2] == 0
    assert chances[0, 0] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-5)


@given(LOGITS, st.integers(0, 9))
def test_top_k_keeps_the_k_likeliest_and_zero_keeps_all(logits, k):
    chances = softmax(logits)
    kept = top_k(chances, k) > 0
    for row, keep in zip(chances, kept, strict=True):
        if 0 < k < len(row):
            assert keep.sum() >= min(k, (row > 0).sum())
            assert (row[keep] >= np.sort(row)[-k]).all()
        else:
            assert (keep == (row > 0)).all()


def test_each_row_may_have_its_own_temperature():
    logits = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    chances = distribution(logits, allowed=np.ones(2, bool), temperature=np.array([[1.0], [0.25]]))
    assert chances[:, 0] == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-4))], abs=1e-5)
