"""Pieces for tests: small, by the rules, so that no model is loaded; and pieces of any notes."""

from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from engines import MelodyEngine, Piece
from engines.note import Bar, Note
from engines.units import TICKS_PER_BAR, VOICES

WISH: dict[str, Any] = {
    "key": "Am",
    "bpm": 140,
    "chord_progression": ["Am", "F/A", "C|G", "Dm"],
    "structure": [{"section": "build", "bars": 3}, {"section": "drop", "bars": 2}, {"section": "drop", "bars": 1}],
    "model_backend": "rules",
    "seed": 7,
}


@cache
def engine() -> MelodyEngine:
    return MelodyEngine()


@cache
def piece() -> Piece:
    return engine().generate(**WISH)


def written(**wishes: Any) -> Piece:
    return engine().generate(**WISH | wishes)


def sounding(bars: list[dict[str, Bar]]) -> Piece:
    """The piece with other notes in its bars."""
    made = piece()
    pairs = zip(made.bars, bars, strict=True)
    return replace(made, bars=tuple(replace(old, wire={**dict.fromkeys(VOICES, Bar()), **new}) for old, new in pairs))


NOTES = st.builds(
    Note,
    onset=st.integers(0, TICKS_PER_BAR - 1),
    duration=st.integers(1, TICKS_PER_BAR),
    pitch=st.integers(0, 127),
    velocity=st.integers(1, 127),
)
BARS = st.dictionaries(st.sampled_from(VOICES), st.lists(NOTES, max_size=12).map(Bar.of))
PIECES = st.lists(BARS, min_size=6, max_size=6).map(sounding)


def names(folder: Path) -> list[str]:
    """What is in a folder, in order."""
    return sorted(each.name for each in folder.iterdir())
