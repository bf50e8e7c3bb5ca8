import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.surfaces.osc.pattern import BadPatternError, Pattern, has_wildcards


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("tension", "tension", "tensions"),
        ("voice/*/mute", "voice/lead/mute", "voice/lead/solo"),
        ("/state/*", "/state/voice/lead/mute", "/stat"),
        ("*", "anything/at/all", None),
        ("b?r", "bar", "beat"),
        ("[a-c]*", "bass", "drums"),
        ("[!a-c]*", "drums", "bass"),
        ("voice/{lead,bass}/level", "voice/bass/level", "voice/arp/level"),
        ("{a,b}{c,d}", "bd", "ab"),
        ("x{,y}", "x", "z"),
        ("VOICE/Lead/*", "voice/LEAD/level", "voice/bass/level"),
        ("a**b", "axxb", "axx"),
        ("ends*", "ends", "end"),
        ("[-x]", "-", "y"),
    ],
)
def test_what_fits(pattern, fitting, other):
    assert Pattern(pattern).matches(fitting)
    assert other is None or not Pattern(pattern).matches(other)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "[z-a]",
        "[!]",
        "[]",
        "[abc",
        "abc]",
        "{a",
        "a}",
        "{a,{b}}",
        "x" * 129,
        "[a-ÿ]",
        "{a,b}" * 9,
        "{" + "," * 100 + "}" + "x" * 20,
    ],
)
def test_what_cannot_be_read(bad):
    with pytest.raises(BadPatternError, match=r"\w"):
        Pattern(bad)


def as_regex(pattern):
    translated = {"*": ".*", "?": ".", "{": "(?:", "}": ")", ",": "|"}
    return re.compile("".join(translated.get(c, c) for c in pattern))


SIMPLE = st.lists(st.sampled_from(["a", "b", "/", "?", "*", "[ab]", "[!a]", "{a,b/}"]), min_size=1, max_size=4).map(
    "".join
)


@given(SIMPLE, st.text("ab/c", max_size=8))
def test_agrees_with_a_regular_expression(pattern, address):
    expected = as_regex(pattern.replace("[!", "[^")).fullmatch(address) is not None

    assert Pattern(pattern).matches(address) == expected


def test_a_pattern_that_explodes_elsewhere_takes_one_step_a_letter():
    pattern = Pattern("*a" * 60 + "*b")

    assert not pattern.matches("a" * 10_000)
    assert pattern.matches("a" * 10_000 + "b")


@given(st.text(max_size=140))
def test_any_text_is_a_pattern_or_refused(text):
    try:
        assert Pattern(text).matches("voice/lead/mute") in (True, False)
    except BadPatternError as error:
        assert str(error)


def test_wildcards_are_told_from_names():
    assert has_wildcards("voice/*/mute")
    assert not has_wildcards("voice/lead/mute")
