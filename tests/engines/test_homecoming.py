import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.homecoming import AT_HOME, home, led_home
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from tests.engines.band import GENRES

KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(MODES)))


@given(KEYS)
def test_home_is_the_triad_on_the_tonic_of_the_keys_own_tones(key):
    chord = home(key)
    assert (chord.root, chord.bass) == (key.tonic, key.tonic)
    assert set(chord.pitch_classes) == {key.scale[0], key.scale[2], key.scale[4]}


@pytest.mark.parametrize(
    ("genre", "key", "before", "after"),
    [
        ("uplifting", "Am", "Am", "Am G"),
        ("uplifting", "C", "F Am7", "F G"),
        ("house", "Am", "Fmaj7", "Fmaj7 Em7"),
        ("psytrance", "Em", "Em", "Em F"),
        ("uplifting", "Am", "E7", "E7"),
        ("uplifting", "Am", "Am E7", "Am E7"),
        ("uplifting", "C", "Db", "Db"),
    ],
)
def test_what_is_at_home_already_leads_there_first(genre, key, before, after):
    found = led_home(tuple(map(Chord.parse, before.split())), Key.parse(key), GENRES[genre])
    assert " ".join(chord.name for chord in found) == after


@given(KEYS, st.integers(0, 11))
def test_a_genre_without_cadences_changes_nothing_others_never_stay_at_home(key, root):
    chords = (Chord(root, "maj", root),)
    assert led_home(chords, key, replace(GENRES["house"], cadences=())) == chords
    assert key.degree(led_home(chords, key, GENRES["house"])[-1].root) not in AT_HOME
