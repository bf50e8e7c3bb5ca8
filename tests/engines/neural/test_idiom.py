from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.codec.harmony import CHORDS, DURATIONS, chord_token, duration_class
from engines.genre import Cadence, ChordLoop, load_genres
from engines.neural.idiom import FAMILIES, FAMILY, HELD, HOME, Idiom, idiom_of
from engines.theory.numeral import Numeral

GENRES = load_genres(Path(__file__).parents[3] / "configs" / "genres")
ROUND = 16
BAR, TWO_BARS = duration_class(4), duration_class(8)


def token(numeral, mode="minor"):
    return chord_token(Numeral.parse(numeral).chord(HOME[mode]), HOME[mode])


def family(numeral, mode="minor"):
    return FAMILY[token(numeral, mode)]


def of(*numerals, cadences=()):
    return Idiom(
        [ChordLoop(each, "minor") for each in numerals], [Cadence(c, "minor") for c in cadences], "minor", ROUND
    )


@given(
    st.sampled_from(sorted(GENRES)),
    st.sampled_from(sorted(HOME)),
    st.none() | st.integers(0, CHORDS - 1),
    st.integers(0, ROUND - 1),
    st.floats(0, 1),
)
def test_likelihoods_sum_to_one_and_nothing_is_impossible(genre, mode, before, place, freedom):
    idiom = idiom_of(GENRES[genre].loops, GENRES[genre].cadences, mode, ROUND)
    after, dress = idiom.after(before, place), idiom.dress(freedom)
    assert after.shape == (FAMILIES + 1, len(DURATIONS))
    assert after.sum() == pytest.approx(1)
    assert after.min() > 0
    assert np.bincount(FAMILY, dress)[FAMILY] == pytest.approx(np.ones(CHORDS))


def test_a_loop_says_how_it_begins_what_follows_what_and_that_it_comes_round():
    idiom = of("i VI III VII")
    for before, place, after in ((None, 0, "i"), ("i", 4, "VI"), ("VI", 8, "III"), ("III", 12, "VII"), ("VII", 0, "i")):
        found = idiom.after(before and token(before), place)
        assert np.unravel_index(found.argmax(), found.shape) == (family(after), BAR)


def test_a_chord_that_lasts_is_held_on_and_begins_anew_with_the_round():
    drone, second = of("i i i i"), of("i i bII i")
    for idiom, place, length in ((drone, 8, TWO_BARS), (drone, 0, TWO_BARS), (second, 0, TWO_BARS)):
        found = idiom.after(token("i"), place)
        assert np.unravel_index(found.argmax(), found.shape) == (HELD, length)
    assert second.after(token("i"), 8).argmax() == np.ravel_multi_index(
        (family("bII"), BAR), (FAMILIES + 1, len(DURATIONS))
    )


def test_a_short_loop_is_read_until_it_fits_the_round():
    found = of("i VII").after(token("i"), 12)
    assert np.unravel_index(found.argmax(), found.shape) == (family("VII"), BAR)


def test_after_a_chord_that_it_does_not_know_the_place_decides():
    found = of("i VI III VII").after(token("bII"), 8)
    assert found[:FAMILIES].sum(1).argmax() == family("III")


def test_weights_count_and_other_modes_do_not():
    loops = [ChordLoop("i VI", "minor", 3), ChordLoop("i iv", "minor", 1), ChordLoop("I V", "major", 9)]
    found = Idiom(loops, (), "minor", ROUND).after(token("i"), 4)[:FAMILIES].sum(1)
    assert found[family("VI")] > found[family("iv")] > found[family("V")]


def test_a_chord_wears_what_the_genre_does_but_for_a_freedom():
    idiom = of("i7 iv7 i7 v7")
    assert idiom.dress(0.2)[token("i7")] > 0.8 > idiom.dress(0.9)[token("i7")] > idiom.dress(0.9)[token("i")] > 0
    assert idiom.own[token("iv7")]
    assert not idiom.own[[token("iv"), token("VI")]].any()


def test_a_cadence_goes_on_as_it_began():
    idiom = of("i VI", cadences=("VI VII", "iv V", "bII"))
    assert {int(f) for f in idiom.closing(2, 2, None).nonzero()[0]} == {family("VI"), family("iv")}
    assert idiom.closing(2, 1, token("VI"))[family("VII")] == 1
    assert idiom.closing(2, 1, token("i"))[[family("VII"), family("V")]] == pytest.approx([0.5, 0.5])
    assert idiom.closing(1, 1, token("i"))[family("bII")] == 1
    assert not idiom.closing(3, 1, None).any()
