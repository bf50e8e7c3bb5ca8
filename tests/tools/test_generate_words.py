import pytest

from tests.tools.words import refusal
from tools.generate_words import OPTIONS, in_options, number, wishes


def test_words_become_arguments():
    assert wishes({"key": "Am", "bpm": "140", "chords": "Am F", "seed": "7", "variation": "0.5", "out": "x"}) == {
        "key": "Am", "bpm": 140, "chord_progression": "Am F", "seed": 7, "variation_level": 0.5, "accompaniment": True,
        "loop": False,
    }  # fmt: skip
    assert wishes({"structure": "build:16, drop:32", "no_accompaniment": True, "loop": True}) == {
        "structure": [{"section": "build", "bars": 16}, {"section": "drop", "bars": 32}],
        "accompaniment": False,
        "loop": True,
    }
    assert wishes({"curve": "0.2,1"})["tension_curve"] == [0.2, 1]
    assert wishes({"curve": "arch"})["tension_curve"] == "arch"
    assert wishes({"experts": ("lead=lead-gru", "bass = rules")})["experts"] == {"lead": "lead-gru", "bass": "rules"}


def test_what_was_not_said_is_left_to_the_engine():
    assert wishes({**dict.fromkeys(OPTIONS), "experts": ()}) == {"accompaniment": True, "loop": False}


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("-1", -1), ("0.5", 0.5), ("1e3", 1000.0), ("fast", "fast")])
def test_numbers_are_read_and_all_else_is_the_engines_to_refuse(text, value):
    assert number(text) == value
    assert type(number(text)) is type(value)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"structure": "build"}, "--structure: 'build' does not fit; allowed: section:bars, such as build:16,drop:32"),
        ({"experts": ("lead",)}, "--expert: 'lead' does not fit; allowed: chair=expert, such as lead=lead-gru"),
        ({"structure": "drop:4", "bars": "4"}, "--bars: --structure says how long the piece is; leave one of them out"),
    ],
)
def test_words_that_cannot_be_read_are_refused(options, line):
    with refusal(2, line):
        wishes(options)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("bpm: '9' does not fit", "--bpm: '9' does not fit"),
        ("structure[1]['bars']: 0: no", "--structure, part 2, bars: 0: no"),
        ("tension_curve[0]: 7", "--curve, part 1: 7"),
        ("experts['lead']: x", "--expert, lead: x"),
        ("mine.yaml:3: log: no", None),
        ("a bug", None),
        ("index: out of range", None),
    ],
)
def test_refusals_speak_of_options(message, told):
    assert in_options(message) == told
