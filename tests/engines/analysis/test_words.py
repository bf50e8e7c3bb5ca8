import pytest

from engines.analysis.words import KEYS, KINDS, STATES, above, kind_of, number
from engines.theory.quality import QUALITIES


@pytest.mark.parametrize(
    ("quality", "kind"),
    [
        ("9", "7"),
        ("maj9", "maj7"),
        ("m9", "m7"),
        ("6", "maj"),
        ("m6", "min"),
        ("sus2", "sus4"),
        ("9sus4", "sus4"),
        ("7b9", "7"),
        ("7#5", "aug"),
        ("5", None),
    ],
)
def test_every_quality_is_one_of_ten_or_none(quality: str, kind: str | None) -> None:
    assert kind_of(quality) == kind


def test_kinds_are_their_own_and_every_quality_has_an_answer() -> None:
    assert [kind_of(kind) for kind in KINDS] == list(KINDS)
    assert {kind_of(quality) for quality in QUALITIES} <= {*KINDS, None}


def test_numbers_are_one_to_one_and_turn_with_the_tonic() -> None:
    assert {number(root, kind) for root in range(12) for kind in KINDS} == set(range(STATES))
    assert above(number(7, "7"), 7) == number(0, "7")
    assert [key.tonic + 12 * key.is_minor for key in KEYS] == list(range(24))
