import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.neural.cache import CacheSession
from tests.engines.neural.toy import toy_cache

BAR = 16


@pytest.fixture(scope="module")
def session():
    return CacheSession(toy_cache())


def inputs(session, rows, steps, seed=0):
    dice = np.random.default_rng(seed)
    tokens = dice.integers(0, 8, (rows, steps, session.fields))
    return tokens, dice.random((rows, steps, session.features)).astype(np.float32)


def walk(session, state, tokens, told):
    found = []
    for step in range(tokens.shape[1]):
        logits, state = session.step(tokens[:, step], told[:, step], state)
        found.append(logits)
    return np.stack(found, 1), state


def test_a_bar_heard_at_once_is_sixteen_steps(session):
    tokens, told = inputs(session, 2, 3 * BAR)
    stepped, _ = walk(session, session.zero(2), tokens, told)
    heard = session.zero(2)
    for bar in range(2):
        part = slice(bar * BAR, (bar + 1) * BAR)
        heard = session.hear(tokens[:, part], told[:, part], heard)
    after, _ = walk(session, heard, tokens[:, 2 * BAR :], told[:, 2 * BAR :])
    assert np.allclose(stepped[:, 2 * BAR :], after, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(1, 2), st.integers(0, 20), st.integers(0, 2))
def test_candidates_share_the_past_and_nothing_else(session, count, rows, steps, bars):
    tokens, told = inputs(session, rows * count, steps + 1, seed=count)
    past, passed = inputs(session, rows, bars * BAR, seed=9)
    heard = session.zero(rows)
    if bars:
        heard = session.hear(past, passed, heard)
    together, state = walk(session, session.spread(heard, count), tokens, told)
    for row in range(rows * count):
        lone = session.zero(1)
        if bars:
            lone = session.hear(past[row // count : row // count + 1], passed[row // count : row // count + 1], lone)
        alone, _ = walk(session, lone, tokens[row : row + 1], told[row : row + 1])
        assert np.allclose(alone[0], together[row], atol=1e-4)
    chosen = count - 1
    one = session.step(tokens[chosen : chosen + 1, 0], told[chosen : chosen + 1, 0], session.pick(state, chosen))[0]
    all_of_them = session.step(tokens[:, 0], told[:, 0], state)[0]
    assert np.allclose(one[0], all_of_them[chosen], atol=1e-4)


def test_a_step_changes_no_other_state(session):
    tokens, told = inputs(session, 1, BAR)
    heard = session.hear(tokens, told, session.zero(1))
    first, one = walk(session, session.spread(heard, 1), tokens, told)
    walk(session, session.spread(heard, 1), (tokens + 1) % 8, told)
    again, _ = walk(session, session.spread(heard, 1), tokens, told)
    assert np.array_equal(first, again)
    branch = session.step(tokens[:, 0], told[:, 0], one)[0]
    session.step((tokens[:, 0] + 1) % 8, told[:, 0], one)
    assert np.array_equal(branch, session.step(tokens[:, 0], told[:, 0], one)[0])


def test_shapes_come_from_the_graph(session):
    assert session.fields == 4
    assert len(session.caches) == 2 * len(session.outputs[1::2])


@pytest.mark.parametrize("data", [b"", b"nonsense"])
def test_nonsense_raises(data):
    with pytest.raises(Exception, match=r".+"):
        CacheSession(data)
