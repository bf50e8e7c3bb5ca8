import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.command import Command, parse
from engines.control.fold import state
from engines.control.tree import BY_PATH, When
from server.surfaces.mqttwords import MAX_BYTES, PayloadError, arguments, words
from tests.server.fake_stage import LEXICON, control

SAID = [
    ("tension", b"0.5", [0.5]),
    ("tension", b" 1 \n", [1]),
    ("tension", b'{"value": 0.5}', [0.5]),
    ("tension", b'{"value": [0.5, 16], "when": "phrase"}', [0.5, 16, "phrase"]),
    ("tension", b'{"value": 0.5, "when": "BAR"}', [0.5, "BAR"]),
    ("tension", b"[0.5, 16]", [0.5, 16]),
    ("voice/bass/mute", b"true", [True]),
    ("section", b"drop", ["drop"]),
    ("section", b"2", [2]),
    ("section", b'"drop"', ["drop"]),
    ("scene/save", b"1", ["1"]),
    ("chords", b"Am F C G", ["Am F C G"]),
    ("chords", b'["Am", "F", "bar"]', ["Am", "F", "bar"]),
    ("play", b"", []),
    ("play", b'{"when": "phrase"}', ["phrase"]),
    ("tension", b"1e999", ["1e999"]),
    ("nowhere", b"x", ["x"]),
]


@pytest.mark.parametrize("path,payload,expected", SAID)
def test_bare_values_lists_and_objects(path, payload, expected):
    assert arguments(path, payload) == expected


MISTAKES = [
    (b"\xff", "UTF-8"),
    (b"x" * (MAX_BYTES + 1), "at most 4096"),
    (b'{"value": 1, "vlaue": 2}', "vlaue"),
    (b'{"value": 1, "when": "soon"}', "soon"),
    (b'{"value": {"deep": 1}}', "object"),
    (b"[" * MAX_BYTES, "array"),
    (b'{"value": 1', "JSON"),
    (b'{"value": ' + b"9" * 400 + b"}", "JSON"),
]


@pytest.mark.parametrize("payload,word", MISTAKES)
def test_mistakes_are_named(payload, word):
    with pytest.raises(PayloadError, match=word):
        arguments("tension", payload)


@given(st.sampled_from(sorted(BY_PATH)), st.one_of(st.binary(max_size=200), st.text(max_size=80).map(str.encode)))
def test_any_payload_ends_in_arguments_or_a_reason(path, payload):
    try:
        args = arguments(path, payload)
    except PayloadError as error:
        assert str(error)
        return
    parse(f"/{path}", args, LEXICON)


@given(st.sampled_from([w.name for w in When]))
def test_the_moment_reaches_the_command(when):
    payload = msgspec.json.encode({"value": 0.5, "when": when})
    command = parse("/tension", arguments("tension", payload), LEXICON)
    assert isinstance(command, Command)
    assert command.when.name == when


def test_every_state_is_told_in_words_that_can_be_sent_back():
    for path, values in state(control(), playing=False).items():
        if BY_PATH[path].kind == "value" and words(values) and len(values) == 1 and BY_PATH[path].arguments:
            sent = parse(f"/{path}", arguments(path, words(values).encode()), LEXICON)
            assert isinstance(sent, Command), (path, sent)


def test_numbers_are_short():
    assert words((0.1 + 0.2,)) == "0.3"
    assert words((138.0,)) == "138"
    assert words(("lead-gru", "v1")) == "lead-gru v1"
