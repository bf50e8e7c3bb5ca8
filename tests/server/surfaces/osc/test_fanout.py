import pytest

from engines.control.tree import BY_PATH
from engines.units import VOICES
from server.surfaces.osc.fanout import COMMANDS_PER_S, MAX_REMEMBERED, PATTERNS_PER_S, Patterns, matching
from server.surfaces.osc.pattern import BadPatternError


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("voice/*/mute", tuple(f"voice/{voice}/mute" for voice in VOICES)),
        ("voice/{lead,pad}/level", ("voice/lead/level", "voice/pad/level")),
        ("voice/[a-b]*/solo", ("voice/bass/solo", "voice/arp/solo")),
        ("voice/[!a-k]*/solo", ("voice/lead/solo", "voice/pad/solo")),
        ("voice/???/density", ("voice/arp/density", "voice/pad/density")),
        ("{tempo,bpm,swing}", ("tempo", "swing")),
        ("chords/*", ("chords/auto",)),
        ("densi*", ("density",)),
    ],
)
def test_patterns_are_matched_part_by_part(pattern, paths):
    assert matching(pattern) == paths


def test_a_star_ends_at_a_slash_and_only_values_are_set():
    assert all("/" not in path and BY_PATH[path].kind == "value" for path in matching("*"))
    for pattern in (
        "p*y",
        "{stop,panic}",
        "und?",
        "scene*",
        "p[i]ng",
        "v*e",
        "voice/*",
        "*/*/*/*",
        "[",
        "voice/{a/mute",
    ):
        with pytest.raises(BadPatternError):
            matching(pattern)


def test_known_patterns_are_free_and_new_ones_are_rationed():
    patterns = Patterns()
    for n in range(PATTERNS_PER_S):
        with pytest.raises(BadPatternError, match="no value"):
            patterns.paths(f"x{n}*", "a", 0.0)
    with pytest.raises(BadPatternError, match="new patterns"):
        patterns.paths("voice/*/mute", "a", 0.0)
    assert patterns.paths("voice/*/mute", "b", 0.0)
    assert patterns.paths("voice/*/mute", "a", 0.0)


def test_what_patterns_make_is_bounded():
    patterns = Patterns()
    for _ in range(COMMANDS_PER_S // len(VOICES)):
        assert patterns.paths("voice/*/level", "a", 0.0)
    with pytest.raises(BadPatternError, match="not taken"):
        patterns.paths("voice/*/level", "a", 0.5)
    assert patterns.paths("voice/*/level", "a", 1.0)
    for n in range(MAX_REMEMBERED * 2):
        patterns.paths("swing" + "*" * (n % 100) + "*" * (n // 100), str(n), 2.0)
    assert len(patterns._met) <= MAX_REMEMBERED
