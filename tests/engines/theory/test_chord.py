import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.pitch import TheoryError, parse_pitch_class
from tests.engines.theory.strategies import chords, keys, root_chords

# what people write in chord charts, on forums and in MIDI files -> notes from the root up
REAL_WORLD = """
C: C E G | CM: C E G | Cmaj: C E G | Cmajor: C E G | Cm: C Eb G | Cmin: C Eb G | C-: C Eb G | Cmi: C Eb G
Cminor: C Eb G | Am: A C E | F#m: F# A C# | F♯m: F# A C# | Bbm: Bb Db F | B♭: Bb D F | Ebmaj7: Eb G Bb D
Cdim: C Eb Gb | C°: C Eb Gb | Co: C Eb Gb | Cm(b5): C Eb Gb | Cmb5: C Eb Gb | Caug: C E G# | C+: C E G# | C(#5): C E G#
C(b5): C E Gb | Csus: C F G | Csus4: C F G | C4: C F G | Csus2: C D G | C5: C G | C(no3): C G | C2: C E G D
C6: C E G A | Cmaj6: C E G A | Cm6: C Eb G A | Cmin6: C Eb G A | C6/9: C E G A D | C69: C E G A D | Cm6/9: C Eb G A D
C7: C E G Bb | Cdom7: C E G Bb | Cmaj7: C E G B | CM7: C E G B | CMaj7: C E G B | Cma7: C E G B | CMA7: C E G B
CΔ: C E G B | CΔ7: C E G B | C△7: C E G B | C^7: C E G B | Cj7: C E G B | Cm7: C Eb G Bb | Cmin7: C Eb G Bb
C-7: C Eb G Bb | Cmi7: C Eb G Bb | CmMaj7: C Eb G B | Cm(maj7): C Eb G B | CmM7: C Eb G B
C-Δ7: C Eb G B | Cminmaj7: C Eb G B | Cdim7: C Eb Gb A | C°7: C Eb Gb A | Co7: C Eb Gb A | Cm7b5: C Eb Gb Bb
Cø: C Eb Gb Bb | Cø7: C Eb Gb Bb | CØ7: C Eb Gb Bb | C-7b5: C Eb Gb Bb | Cm7(b5): C Eb Gb Bb | Cmin7-5: C Eb Gb Bb
C7sus4: C F G Bb | C7sus: C F G Bb | Csus7: C F G Bb | C9sus4: C F G Bb D | C9sus: C F G Bb D | C13sus4: C F G Bb D A
C7b5: C E Gb Bb | C7-5: C E Gb Bb | C7#5: C E G# Bb | C7+: C E G# Bb | C+7: C E G# Bb | Caug7: C E G# Bb | C7+5: C E G# Bb
C7b9: C E G Bb Db | C7(b9): C E G Bb Db | C7-9: C E G Bb Db | C7#9: C E G Bb D# | C7+9: C E G Bb D# | C7(♯9): C E G Bb D#
C7#11: C E G Bb F# | C7b13: C E G Bb Ab | C7#5#9: C E G# Bb D# | C7#9#5: C E G# Bb D# | C7alt: C E G# Bb D#
C7b9b5: C E Gb Bb Db | C7(b9,b13): C E G Bb Db Ab | C9: C E G Bb D | Cmaj9: C E G B D | CM9: C E G B D | CΔ9: C E G B D
Cm9: C Eb G Bb D | C-9: C Eb G Bb D | Cm(maj9): C Eb G B D | Cadd9: C E G D | C(add9): C E G D | Cadd2: C E G D
Cmadd9: C Eb G D | Cm(add9): C Eb G D | Cadd11: C E G F | Cadd4: C E G F | C9#11: C E G Bb D F# | C11: C E G Bb D F
Cm11: C Eb G Bb D F | Cmaj11: C E G B D F | C13: C E G Bb D A | Cm13: C Eb G Bb D A | Cmaj13: C E G B D A
Cmaj7#11: C E G B F# | Cmaj7(#11): C E G B F# | CM7♯11: C E G B F# | Cmaj7#5: C E G# B | C+maj7: C E G# B
C13b9: C E G Bb Db A | Cb: B Eb Gb | Cb7: B Eb Gb A | B#m: C Eb G | F##m: G Bb D | Ebb: D F# A | Bb5: Bb F
Db: Db F Ab | Csus2sus4: C D F G | C7b9sus4: C F G Bb Db
C/E: C E G | C/Bb: C E G Bb | Am7/G: A C E G | D/F#: D F# A | F/G: F A C G | Cm7b5/Gb: C Eb Gb Bb | C6/9/E: C E G A D
Asus4/D: A D E
"""
SPELLINGS = [entry.strip() for line in REAL_WORLD.strip().splitlines() for entry in line.split("|")]


def test_the_table_is_broad() -> None:
    assert len(SPELLINGS) == len(set(SPELLINGS)) >= 120


@pytest.mark.parametrize("entry", SPELLINGS)
def test_reads_real_world_spellings(entry: str) -> None:
    text, notes = entry.split(": ")
    assert Chord.parse(text).pitch_classes == tuple(parse_pitch_class(note) for note in notes.split())


@pytest.mark.parametrize(
    ("text", "bass"), [("C/E", 4), ("Am7/G", 7), ("Am/D", 2), ("C6/9/E", 4), ("C6/9", 0), ("A/C♯", 1)]
)
def test_reads_the_bass(text: str, bass: int) -> None:
    assert Chord.parse(text).bass == bass


@given(chords)
def test_names_parse_back(chord: Chord) -> None:
    assert Chord.parse(chord.name) == chord


@given(chords, keys)
def test_names_in_a_key_parse_back(chord: Chord, key: Key) -> None:
    assert Chord.parse(chord.name_in(key)) == chord


@given(chords)
def test_survives_the_wire(chord: Chord) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(chord), type=Chord) == chord


@pytest.mark.parametrize(
    ("text", "name"),
    [("A#", "Bb"), ("Dbm", "C#m"), ("C#", "Db"), ("G#m", "G#m"), ("D#m7", "Ebm7"), ("D/Gb", "D/F#"), ("Cm/D#", "Cm/Eb"),
     ("Gb", "F#"), ("C-7", "Cm7"), ("Bbm/Db", "Bbm/Db"), ("C(b5)", "C(b5)"), ("FΔ", "Fmaj7")],
)  # fmt: skip
def test_names_are_usual(text: str, name: str) -> None:
    assert Chord.parse(text).name == name


def test_key_spells_the_name() -> None:
    assert Chord.parse("A#").name_in(Key.parse("Am")) == "Bb"
    assert Chord.parse("E/Ab").name_in(Key.parse("Am")) == "E/G#"


@given(chords, st.integers(0, 127), st.integers(0, 127))
def test_tones_are_exactly_the_contained_pitches(chord: Chord, low: int, high: int) -> None:
    assert chord.tones(low, high) == tuple(pitch for pitch in range(low, high + 1) if chord.contains(pitch))
    assert all(pitch % 12 in chord.pitch_classes for pitch in chord.tones(low, high))


@given(chords)
def test_pitch_classes_are_distinct_and_hold_the_bass(chord: Chord) -> None:
    assert chord.pitch_classes[0] == chord.root
    assert len(set(chord.pitch_classes)) == len(chord.pitch_classes)
    assert chord.bass in chord.pitch_classes


@pytest.mark.parametrize(
    ("text", "triad"),
    [("C", "maj"), ("Am7", "min"), ("Bm7b5", "dim"), ("Bdim7", "dim"), ("C7#5", "aug"), ("C7b5", "maj"), ("Csus2", "sus"),
     ("G7sus4", "sus"), ("A5", "sus"), ("C13", "maj"), ("Cm11", "min"), ("C7#9", "maj")],
)  # fmt: skip
def test_triads(text: str, triad: str) -> None:
    assert Chord.parse(text).triad == triad


@given(root_chords)
def test_every_triad_is_one_of_five(chord: Chord) -> None:
    assert chord.triad in {"maj", "min", "dim", "aug", "sus"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("H#m", ('no note "H"', "A..G with # or b", 'nearest: "Bm"')), ("Amx7", ('"mx7" is no quality', 'nearest: "Am7"')),
        ("N.C.", ("no chord",)), ("am", ('no note "a"', 'nearest: "Am"')), ("", ("empty",)), ("C" * 500, ("longer",)),
        ("C/H", ("no chord",)), ("Cmja7", ('nearest: "Cmaj7"',)), ("C/", ("no chord",)), ("X7", ('no note "X"',)),
        ("minor", ('no note "m"', 'nearest: "G')), ("H", ('nearest: "B"',)), ("Hm7/B", ('nearest: "Bm7/B"',)),
        ("Cm7b", ("no chord",)), ("C#m77", ('nearest: "C#m7"',)),
    ],
)  # fmt: skip
def test_errors_say_what_was_wrong(text: str, says: tuple[str, ...]) -> None:
    with pytest.raises(TheoryError) as error:
        Chord.parse(text)
    for part in says:
        assert part in str(error.value)


@given(st.text(st.sampled_from("abhnorwxm#7/|"), min_size=1, max_size=8))
def test_the_nearest_chord_of_a_wrong_note_is_a_chord(text: str) -> None:
    try:
        Chord.parse(text)
    except TheoryError as error:
        if found := re.search(r'no note .*nearest: "([^"]*)"', str(error)):
            Chord.parse(found.group(1))


@given(st.text(max_size=40))
def test_any_text_is_a_chord_or_a_theory_error(text: str) -> None:
    try:
        chord = Chord.parse(text)
    except TheoryError as error:
        assert len(str(error)) < 300
    else:
        assert Chord.parse(chord.name) == chord


@pytest.mark.parametrize(("root", "quality", "bass"), [(12, "maj", 0), (0, "maj", -1), (0, "major", 0)])
def test_refuses_impossible_values(root: int, quality: str, bass: int) -> None:
    with pytest.raises(TheoryError):
        Chord(root, quality, bass)
