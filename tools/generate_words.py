"""The words of `melody-engine generate` as arguments of the engine, and its refusals in the words of the command line.

Values are only read here; the engine checks them, so that there is one place for every range.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from tools.failure import Refused

Wishes = dict[str, Any]

OPTIONS: Final = {
    "key": "key",
    "bpm": "bpm",
    "chords": "chord_progression",
    "structure": "structure",
    "bars": "bars",
    "curve": "tension_curve",
    "variation": "variation_level",
    "humanize": "humanization_intensity",
    "swing": "swing",
    "backend": "model_backend",
    "experts": "experts",
    "candidates": "num_candidates",
    "genre": "genre",
    "seed": "seed",
}
"""The argument of the engine that each option is."""
SPOKEN: Final = {argument: f"--{option}" for option, argument in OPTIONS.items()} | {"experts": "--expert"}
NUMBERS: Final = ("bpm", "bars", "variation", "humanize", "swing", "candidates", "seed")


def wishes(options: Mapping[str, Any]) -> Wishes:
    """Return the arguments that some options ask for; raises Refused where words cannot be read."""
    given = {name: value for name, value in options.items() if name in OPTIONS and value not in (None, ())}
    if "structure" in given and "bars" in given:
        raise Refused("--bars: --structure says how long the piece is; leave one of them out", 2)
    wished = {OPTIONS[name]: number(value) if name in NUMBERS else value for name, value in given.items()}
    if "structure" in given:
        wished["structure"] = [_part(part) for part in given["structure"].split(",")]
    if "curve" in given and "," in given["curve"]:
        wished["tension_curve"] = [number(value) for value in given["curve"].split(",")]
    if "experts" in given:
        wished["experts"] = dict(_choice(word) for word in given["experts"])
    return wished | {
        "accompaniment": not options.get("no_accompaniment", False),
        "loop": bool(options.get("loop", False)),
    }


def number(text: str) -> int | float | str:
    """Return the number that a text says, or the text: the engine refuses it."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def in_options(message: str) -> str | None:
    """Return the engine's refusal with options for arguments; None where it is about no argument.

    `structure[1]['bars']: …` becomes `--structure, part 2, bars: …`.
    """
    found = re.match(r"(\w+)((?:\[[^\]]*\])*): ", message)
    if found is None or found[1] not in SPOKEN:
        return None
    places = [place.strip("'\"") for place in re.findall(r"\[([^\]]*)\]", found[2])]
    words = [f"part {int(place) + 1}" if place.isdigit() else place for place in places]
    return f"{', '.join((SPOKEN[found[1]], *words))}: {message[found.end() :]}"


def _part(text: str) -> dict[str, Any]:
    section, colon, bars = text.strip().rpartition(":")
    if not colon:
        raise Refused(f"--structure: {text[:80]!r} does not fit; allowed: section:bars, such as build:16,drop:32", 2)
    return {"section": section.strip(), "bars": number(bars)}


def _choice(text: str) -> tuple[str, str]:
    chair, equals, name = text.partition("=")
    if not equals:
        raise Refused(f"--expert: {text[:80]!r} does not fit; allowed: chair=expert, such as lead=lead-gru", 2)
    return chair.strip(), name.strip()
