import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.homecoming import AT_HOME, drawn_together, home, led_home, told_home
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.quality import QUALITIES
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


CHORDS = st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))
BARS = st.lists(CHORDS, min_size=1, max_size=4).map(tuple)


@given(KEYS, st.lists(BARS, max_size=4), st.integers(0, 11))
def test_a_told_home_is_of_the_loop_on_its_root_and_of_the_key(key, loop, bass):
    found = told_home(loop, key)
    assert found is None or (found.root, found.bass) == (key.tonic, key.tonic)
    assert found is None or {*found.pitch_classes} <= key.pitch_classes
    assert found is None or any((c.root, c.quality) == (found.root, found.quality) for bar in loop for c in bar)
    rests = home(key)
    assert told_home([*loop, (Chord(rests.root, rests.quality, bass),)], key) == (found or rests)


@given(KEYS, BARS, BARS)
def test_two_bars_drawn_together_begin_as_the_first_and_lead_on_as_the_second(key, chords, last):
    found = drawn_together(chords, last, key)
    assert found[0] == chords[0]
    leading = [chord for chord in last if chord.root != key.tonic]
    assert found == chords if not leading else found[1:] == (leading[-1],)
