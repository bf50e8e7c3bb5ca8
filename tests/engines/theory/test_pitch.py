import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.theory.pitch import TheoryError, name, parse_pitch_class
from tests.engines.theory.strategies import pitch_classes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C", 0), ("C#", 1), ("Db", 1), ("Cb", 11), ("B#", 0), ("F##", 7), ("Fx", 7), ("Ebb", 2),
        ("C♯", 1), ("B♭", 10), ("E♮", 4), (" A ", 9), ("E#", 5), ("Fb", 4), ("G𝄪", 9),
    ],
)  # fmt: skip
def test_reads_note_names(text: str, expected: int) -> None:
    assert parse_pitch_class(text) == expected


@given(pitch_classes, st.booleans())
def test_names_parse_back(pc: int, flats: bool) -> None:
    assert parse_pitch_class(name(pc, flats)) == pc


@pytest.mark.parametrize("text", ["", " ", "H", "c", "C#b", "C###", "7", "Am", "x" * 5000, "♯"])
def test_refuses_what_is_no_note(text: str) -> None:
    with pytest.raises(TheoryError) as error:
        parse_pitch_class(text)
    assert len(str(error.value)) < 200


def test_error_says_what_is_allowed_and_what_is_nearest() -> None:
    with pytest.raises(TheoryError, match=r'no note "H"; notes are A\.\.G with # or b; nearest: "B"'):
        parse_pitch_class("H")
