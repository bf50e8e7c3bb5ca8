import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.theory.chord import Chord
from engines.theory.held import _DOUBT
from engines.theory.key import Key
from engines.theory.pitch import parse_pitch_class
from engines.theory.quality import QUALITIES
from tests.engines.theory.strategies import keys


@pytest.mark.parametrize(
    ("held", "name"),
    [
        ("C E G", "C"), ("A C E", "Am"), ("E G C", "C/E"), ("G C E", "C/G"), ("C E A", "Am/C"), ("A C E G", "Am7"),
        ("G A C E", "Am7/G"), ("C E G A", "C6"), ("C E G Bb", "C7"), ("C E G B", "Cmaj7"), ("C E Bb", "C7"), ("C E B", "Cmaj7"),
        ("B D F", "Bdim"), ("B D F A", "Bm7b5"), ("C Eb Gb A", "Cdim7"), ("C E Ab", "Caug"), ("C F G", "Csus4"),
        ("C D G", "Csus2"), ("C G D E", "Cadd9"), ("G F A C", "F/G"), ("D A C E", "Am/D"), ("E G B D F#", "Em9"),
        ("C G", "C5"), ("G C", "C5/G"), ("C E", "C"), ("E C", "C/E"), ("A C", "Am"), ("C Bb", "C7"), ("C B", "Cmaj7"),
        ("G C F D", "G7sus4"), ("G B D F", "G7"), ("B D F G", "G7/B"), ("D F A C", "Dm7"), ("C G B E A D", "Cmaj13"), ("A", "A5"),
        ("D F A C E", "Dm9"), ("F# A C# E", "F#m7"),
    ],
)  # fmt: skip
def test_held_notes_without_a_key(held: str, name: str) -> None:
    pitches: list[int] = []
    for note in held.split():
        below = pitches[-1] if pitches else 47
        pitches.append(below + 1 + (parse_pitch_class(note) - below - 1) % 12)
    assert (chord := Chord.from_pitches(pitches)) is not None
    assert chord.name == name
    assert Chord.from_pitches(list(reversed(pitches)) + pitches) == chord


@pytest.mark.parametrize(
    ("pitch", "key", "name"),
    [(57, "Am", "Am"), (53, "Am", "F"), (60, "Am", "C"), (59, "Am", "Bdim"), (64, "Am", "Em"), (64, "A harmonic minor", "E"),
     (60, "C", "C"), (62, "C", "Dm")],
)  # fmt: skip
def test_one_held_note_is_the_diatonic_triad(pitch: int, key: str, name: str) -> None:
    chord = Chord.from_pitches([pitch], Key.parse(key))
    assert chord is not None
    assert chord.name == name


def test_nothing_held_is_no_chord() -> None:
    assert Chord.from_pitches([]) is None


@given(st.sets(st.integers(0, 127), min_size=1, max_size=10), st.none() | keys)
def test_any_hand_is_a_chord_over_its_lowest_note(pitches: set[int], key: Key | None) -> None:
    chord = Chord.from_pitches(pitches, key)
    assert chord is not None
    assert chord.bass == min(pitches) % 12
    assert any(chord.root == pitch % 12 for pitch in pitches)


@given(
    st.integers(0, 11),
    st.sampled_from(["maj", "min", "7", "maj7", "m7", "5", "sus4", "dim", "m7b5", "add9", "m9", "6"]),
)
def test_a_root_position_is_recognised_in_every_key(root: int, quality: str) -> None:
    pitches = [48 + root + interval for interval in QUALITIES[quality]]
    assert Chord.from_pitches(pitches) == Chord(root, quality, root)


def test_every_recognisable_quality_exists() -> None:
    assert set(_DOUBT) <= set(QUALITIES)
