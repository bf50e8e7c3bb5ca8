import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.analysis.harmony import Heard
from engines.analysis.numerals import named, numeral_of
from engines.analysis.words import KEYS, KINDS
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.quality import QUALITIES


@pytest.mark.parametrize(
    ("chord", "key", "after", "numeral"),
    [
        ("D7", "C", "G", "V7/V"),
        ("D", "C", "G", "V/V"),
        ("D", "C", "F", "II"),
        ("A7", "C", "Dm", "V7/ii"),
        ("C7", "C", "F", "V7/IV"),
        ("F#dim7", "C", "G", "viio7/V"),
        ("G#dim7", "C", "Am", "viio7/vi"),
        ("Bb", "C", "F", "bVII"),
        ("Dm7b5", "C", "G7", "iiø7"),
        ("G7", "Am", "C", "V7/III"),
        ("G", "Am", "F", "VII"),
        ("E7", "Am", "Am", "V7"),
        ("G#dim7", "Am", "Am", "viio7"),
        ("A7/C#", "Am", "Dm", "V65/iv"),
        ("Db/F", "C", "G", "bII6"),
    ],
)
def test_numerals_as_analysts_write_them(chord: str, key: str, after: str, numeral: str) -> None:
    assert numeral_of(Chord.parse(chord), Key.parse(key), Chord.parse(after)).name == numeral


ROOTS = st.integers(0, 11)
CHORDS = st.builds(
    lambda root, kind, tone: Chord(root, kind, (root + QUALITIES[kind][tone]) % 12),
    ROOTS,
    st.sampled_from(KINDS),
    st.integers(0, 2),
)


@given(CHORDS, st.sampled_from(KEYS), st.none() | CHORDS)
def test_a_numeral_names_its_chord_in_its_key(chord: Chord, key: Key, after: Chord | None) -> None:
    assert numeral_of(chord, key, after).chord(key) == chord


@pytest.mark.parametrize(
    ("names", "functions"),
    [
        ("C Dm G7 C", ["tonic", "predominant", "dominant", "tonic"]),
        ("C/G G7 C", ["dominant", "dominant", "tonic"]),
        ("Am F D7 G", ["tonic", "predominant", "dominant", "dominant"]),
        ("Db/F G7", ["predominant", "dominant"]),
        ("Bb F C", ["predominant", "predominant", "tonic"]),
    ],
)
def test_functions_in_c(names: str, functions: list[str]) -> None:
    chords = [Heard(n * 480, n * 480 + 480, Chord.parse(name), Key(0, "major")) for n, name in enumerate(names.split())]
    assert [each.function for each in named(tuple(chords))] == functions
