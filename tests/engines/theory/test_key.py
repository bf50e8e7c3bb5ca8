import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.theory.key import MODES, Key
from engines.theory.pitch import TheoryError
from tests.engines.theory.strategies import keys, pitch_classes


@pytest.mark.parametrize(
    ("text", "tonic", "mode"),
    [
        ("Am", 9, "minor"), ("A minor", 9, "minor"), ("a minor", 9, "minor"), ("am", 9, "minor"), ("A-", 9, "minor"),
        ("F# minor", 6, "minor"), ("f#m", 6, "minor"), ("F♯ Minor", 6, "minor"), ("C", 0, "major"),
        ("C major", 0, "major"), ("Bb Major", 10, "major"), ("BbM", 10, "major"), ("bb minor", 10, "minor"),
        ("Ebm", 3, "minor"), ("D dorian", 2, "dorian"), ("D Dorian", 2, "dorian"), ("E phrygian", 4, "phrygian"),
        ("F lydian", 5, "lydian"), ("G mixolydian", 7, "mixolydian"), ("B locrian", 11, "locrian"),
        ("A harmonic minor", 9, "harmonic_minor"), ("A harmonic_minor", 9, "harmonic_minor"),
        ("A melodic-minor", 9, "melodic_minor"), ("E phrygian dominant", 4, "phrygian_dominant"),
        ("A aeolian", 9, "minor"), ("C ionian", 0, "major"), ("A natural minor", 9, "minor"), ("Cb", 11, "major"),
    ],
)  # fmt: skip
def test_reads_key_names(text: str, tonic: int, mode: str) -> None:
    assert Key.parse(text) == Key(tonic, mode)


@given(keys)
def test_names_parse_back(key: Key) -> None:
    assert Key.parse(key.name) == key


@given(keys, st.integers(0, 127))
def test_scale_set_degree_and_contains_agree(key: Key, pitch: int) -> None:
    assert key.scale[0] == key.tonic
    assert key.pitch_classes == frozenset(key.scale)
    degree = key.degree(pitch)
    assert (degree is not None) == key.contains(pitch) == (pitch % 12 in key.scale)
    assert degree is None or key.scale[degree - 1] == pitch % 12


@given(keys, pitch_classes)
def test_place_leads_back_to_the_pitch_class(key: Key, pc: int) -> None:
    degree, accidental = key.place(pc)
    assert (key.scale[degree - 1] + accidental) % 12 == pc
    assert (accidental == 0) == key.contains(pc)


@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"])
@given(tonic=pitch_classes)
def test_relative_major_has_the_same_notes(mode: str, tonic: int) -> None:
    key = Key(tonic, mode)
    assert Key(key.relative_major, "major").pitch_classes == key.pitch_classes


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("Am", "A B C D E F G"), ("F#m", "F# G# A B C# D E"), ("Cm", "C D Eb F G Ab Bb"), ("Ebm", "Eb F Gb Ab Bb B Db"),
        ("Bbm", "Bb C Db Eb F Gb Ab"), ("E", "E F# G# A B C# D#"), ("D dorian", "D E F G A B C"), ("Db", "Db Eb F Gb Ab Bb C"),
        ("A harmonic minor", "A B C D E F G#"), ("E phrygian dominant", "E F G# A B C D"), ("G dorian", "G A Bb C D E F"),
    ],
)  # fmt: skip
def test_scales_are_spelled_as_musicians_do(name: str, scale: str) -> None:
    key = Key.parse(name)
    assert " ".join(key.spell(pc) for pc in key.scale) == scale


def test_foreign_notes_are_spelled_by_their_degree() -> None:
    minor = Key.parse("Am")
    assert [minor.spell(pc) for pc in (10, 8, 3, 6)] == ["Bb", "G#", "D#", "F#"]


def test_every_mode_has_seven_rising_steps() -> None:
    for steps in MODES.values():
        assert len(steps) == 7
        assert list(steps) == sorted(set(steps))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("H", 'no note "H"'), ("", "empty"), ("C doran", 'nearest: "C dorian"'), ("a", 'say "A" or "Am"'),
        ("F# mionr", 'nearest: "F# minor"'), ("A" * 99, "longer than"), ("major", 'nearest: "G"'), ("H minor", 'nearest: "Bm"'), ("Am7", "no key"),
    ],
)  # fmt: skip
def test_errors_say_what_was_wrong(text: str, says: str) -> None:
    with pytest.raises(TheoryError, match=r".") as error:
        Key.parse(text)
    assert says in str(error.value)


@pytest.mark.parametrize(("tonic", "mode"), [(12, "major"), (-1, "minor"), (0, "doric")])
def test_refuses_impossible_values(tonic: int, mode: str) -> None:
    with pytest.raises(TheoryError):
        Key(tonic, mode)
