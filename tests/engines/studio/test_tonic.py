import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.studio.tonic import key_of
from engines.theory.key import Key
from engines.theory.numeral import in_key, parse_loop

DIATONIC = {"major": "I ii iii IV V vi", "minor": "i III iv v VI VII"}
KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(DIATONIC)))


@pytest.mark.parametrize(
    ("chords", "key"),
    [
        ("Am F C G", "Am"),
        ("C G Am F", "C"),
        ("D A Bm G", "D"),
        ("F#m D A E", "F#m"),
        ("Ebm B Gb Db", "Ebm"),
        ("Dm7 G7 Cmaj7", "C"),
        ("F G Em Am", "Am"),
        ("Am G F E", "Am"),
        ("E7 Am", "Am"),
        ("Cm|Ab Eb Bb", "Cm"),
        ("F C G", "C"),
        ("i VI III VII", "Am"),
        ("I V vi IV", "C"),
        ("i V7", "Am"),
        ("Bm VI", "Bm"),
    ],
)
def test_chords_are_in_the_key_that_a_musician_hears(chords, key):
    assert key_of(parse_loop([chords])).name == key


@given(KEYS, st.lists(st.integers(0, 5), max_size=6))
def test_a_loop_that_begins_at_home_with_all_chords_of_its_key_is_in_it(key, more):
    numerals = DIATONIC[key.mode].split()
    bars = parse_loop([" ".join([*numerals, *(numerals[place] for place in more)])])
    named = tuple(tuple(in_key(symbol, key) for symbol in bar) for bar in bars)
    assert key_of(named) == key
    assert key_of(bars).mode == key.mode
