import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.command import Command, Lexicon, Rejected, Value, parse
from engines.control.tree import PARAMETERS, When
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral

LEXICON = Lexicon(
    sections=("intro", "build", "breakdown", "drop", "outro"),
    genres=("uplifting", "house"),
    experts={"lead": {"rules": (), "lead-gru": ("v1", "v2")}},
    scenes=("one",),
)


def command(address: str, *args: object) -> Command:
    parsed = parse(address, args, LEXICON)
    assert isinstance(parsed, Command), parsed
    return parsed


def reason(address: str, *args: object) -> str:
    parsed = parse(address, args, LEXICON)
    assert isinstance(parsed, Rejected), parsed
    return parsed.reason


@pytest.mark.parametrize("value", [1, 1.0, True])
def test_numbers_may_come_as_any_type(value):
    assert command("/tension", value).args == (1.0,)


def test_names_are_case_insensitive():
    assert command("/Section", "DROP").args == ("drop",)


def test_a_section_may_be_given_by_its_number():
    assert command("/section", 3.0).args == ("drop",)
    assert "0..4" in reason("/section", 9)


def test_every_parameter_has_its_default_moment():
    assert command("/tension", 0.5).when is When.bar
    assert command("/tempo", 140).when is When.now
    assert command("/key", "Am").when is When.phrase
    assert command("/genre", "house").when is When.section


def test_a_further_word_sets_the_moment():
    assert command("/tension", 0.5, "beat").when is When.beat
    assert command("/tension", 0.5, 16, "phrase") == Command("tension", (0.5, 16.0), When.phrase, (0.5, 16, "phrase"))


def test_in_a_variable_list_the_last_string_is_the_moment_if_it_is_one():
    assert command("/chords", "Am", "F", "now").when is When.now
    assert len(command("/chords", "Am", "F", "now").args[0]) == 2
    assert command("/voice/lead/expert", "lead-gru", "section").args == ("lead-gru",)
    assert command("/voice/lead/expert", "lead-gru", "v2", "bar").args == ("lead-gru", "v2")


def test_chords_in_one_string_or_many_and_several_in_a_bar():
    assert command("/chords", "Am F|G").args == command("/chords", "Am", "F|G").args
    assert [len(bar) for bar in command("/chords", "Am F|G").args[0]] == [1, 2]


def test_numerals_stay_numerals():
    assert isinstance(command("/chord", "bVII").args[0], Numeral)
    assert isinstance(command("/chord", "Am").args[0], Chord)
    assert command("/key", "F# minor").args == (Key.parse("F#m"),)


def test_release_of_a_momentary_button_is_nothing():
    assert parse("/play", [0.0], LEXICON) is None
    assert parse("/panic", [float("nan")], LEXICON) is None
    assert command("/play", 1.0).path == "play"


def test_toggles_switch_at_a_half():
    assert command("/voice/bass/mute", 0.7).args == (1,)
    assert command("/voice/bass/mute", 0.2).args == (0,)


def test_alias():
    assert command("/bpm", 140).path == "tempo"


def test_tempo_is_rejected_while_an_outside_clock_leads():
    rejected = parse("/tempo", [140], Lexicon(led=True))
    assert isinstance(rejected, Rejected)
    assert "outside clock" in rejected.reason


@pytest.mark.parametrize(
    ("address", "args", "words"),
    [
        ("/tension", (7,), ("0..1", "7", "nearest: 1")),
        ("/seed", (2**40,), ("0..2147483647", "nearest: 2147483647")),
        ("/tension", (math.nan,), ("finite",)),
        ("/tension", (math.inf,), ("finite",)),
        ("/tension", (10**400,), ("digits",)),
        ("/section", (10**400,), ("digits",)),
        ("/hold", (-(10**400), 1), ("digits",)),
        ("/tension", ("high",), ("number", "high")),
        ("/tension", (), ("needs",)),
        ("/tension", (0.5, 4, 4), ("too many",)),
        ("/tension", (0.5, "soon"), ("soon",)),
        ("/tensoin", (0.5,), ("tension",)),
        ("/section", ("dropp",), ("drop", "intro")),
        ("/chords", (), ("needs chords",)),
        ("/chord", ("H#m",), ("H",)),
        ("/voice/lead/expert", ("lead-gru", "v9"), ("v1, v2",)),
        ("/voice/lead/expert", ("lead-gur",), ("lead-gru",)),
        ("/voice/lead/mute", ("on",), ("number",)),
        ("/seed", (1.5,), ("whole",)),
        ("/scene", ("two",), ("one",)),
        ("/scene/save", ("a\x1bb",), ("printable",)),
        ("/playing", (1,), ("cannot be set", "nearest: play)")),
        ("/get", ("tempo",), ("question", "over OSC")),
        ("/section", (b"x",), ("string",)),
        ("/section", ("x" * 1000,), ("256",)),
    ],
)
def test_rejections_say_what_would_be_right(address, args, words):
    text = reason(address, *args)
    for word in words:
        assert word in text


anything = st.one_of(st.integers(), st.floats(), st.text(max_size=20), st.booleans(), st.none(), st.binary(max_size=8))


@given(
    st.one_of(st.sampled_from([p.path for p in PARAMETERS]), st.text(max_size=20)),
    st.lists(anything, max_size=5),
)
def test_anything_at_all_is_a_command_or_a_rejection(path, args):
    parsed = parse("/" + path, args, LEXICON)
    assert parsed is None or isinstance(parsed, Command | Rejected)


@pytest.mark.parametrize("switch", [True, False])
def test_switches_are_kept_as_numbers_so_that_a_journal_reads_them_again(switch: bool) -> None:
    raw = command("/hold", switch, "bar").raw
    assert raw == (int(switch), "bar")
    assert msgspec.json.decode(msgspec.json.encode(raw), type=tuple[Value, ...]) == raw
