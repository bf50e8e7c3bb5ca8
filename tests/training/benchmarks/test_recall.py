import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.benchmarks.recall import DEPTHS, Library, histories, own

NONE = 9
TUNES = st.lists(st.integers(0, 3), min_size=2, max_size=120).map(lambda tokens: np.array(tokens, np.int64))


def test_the_longest_match_goes_on():
    phrase = np.random.default_rng(0).integers(0, 4, 32)
    found = own(np.concatenate([phrase, phrase]), NONE)
    assert (found.tokens[:16, 0] == NONE).all(), "nothing to remember in the first bar"
    assert (found.tokens[36:, 0] == phrase[4:]).all()
    assert found.classes[63, 0] > found.classes[40, 0] > 0


@given(TUNES, st.data())
def test_no_guess_knows_what_comes(tune, data):
    cut = data.draw(st.integers(1, len(tune) - 1))
    other = tune.copy()
    other[cut:] = data.draw(st.integers(0, 3))
    library = Library([tune[::-1].copy()])
    for guess in (lambda x: own(x, NONE), lambda x: library.ask(x, NONE, inside=False)):
        one, two = guess(tune), guess(other)
        assert (one.tokens[: cut + 1] == two.tokens[: cut + 1]).all()
        assert (one.classes[: cut + 1] == two.classes[: cut + 1]).all()
        assert np.allclose(one.shares[: cut + 1], two.shares[: cut + 1])


@given(TUNES)
def test_the_two_guesses_differ_and_share_what_there_is(tune):
    found = own(tune, NONE)
    both = (found.tokens != NONE).all(1)
    assert (found.tokens[both, 0] != found.tokens[both, 1]).all()
    assert (found.shares.sum(1) <= 1 + 1e-5).all()


def test_a_tune_in_the_library_never_answers_itself():
    tune = np.random.default_rng(1).integers(0, 4, 80)
    alone, pair = Library([tune]), Library([tune, tune])
    assert (alone.ask(tune, NONE, inside=True).tokens == NONE).all()
    told = pair.ask(tune, NONE, inside=True)
    assert (told.tokens[DEPTHS[0] :, 0] == tune[DEPTHS[0] :]).all()
    assert told.classes[-1, 0] == len(DEPTHS)


def test_histories_know_the_place_in_the_bar():
    tune = np.zeros(60, np.int64)
    found = histories(tune, 8)
    assert found[0] == found[16]
    assert found[0] != found[1]
    assert histories(tune[:8], 8) == pytest.approx([])
