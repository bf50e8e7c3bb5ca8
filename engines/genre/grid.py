"""Step grids as text: sixteen characters, one per sixteenth note, beats parted by `|` where the eye wants it."""

from functools import lru_cache
from typing import Annotated, Final

import msgspec

from engines.units import STEPS_PER_BAR

NEVER: Final = 2.0
"""A threshold above every activity (0..1)."""

_BEAT: Final = r"[0-9.]{4}"
_TONES: Final = r"[ROFTA.]{4}"

Grid = Annotated[str, msgspec.Meta(pattern=rf"^{_BEAT}(\|?{_BEAT}){{3}}$")]
"""Sixteen digits or dots, e.g. "0...|0.4.|0...|0.46"."""

Line = Annotated[str, msgspec.Meta(pattern=rf"^{_TONES}(\|?{_TONES}){{3}}$")]
"""Sixteen bass tones: R root (or slash bass), O its octave, F fifth, T third, A approach to the next chord."""


@lru_cache(maxsize=4096)
def thresholds(grid: str) -> tuple[float, ...]:
    """Read a grid as thresholds: digit d plays where the activity is at least d / 10, a dot never plays."""
    return tuple(NEVER if char == "." else int(char) / 10 for char in _plain(grid))


@lru_cache(maxsize=4096)
def accents(grid: str) -> tuple[float, ...]:
    """Read a grid as accents 0..1: digit d is d / 9, a dot 0."""
    return tuple(0.0 if char == "." else int(char) / 9 for char in _plain(grid))


@lru_cache(maxsize=4096)
def tones(line: str) -> str:
    """Read a bass line as sixteen tone letters."""
    return _plain(line)


def _plain(text: str) -> str:
    plain = text.replace("|", "")
    if len(plain) != STEPS_PER_BAR:
        raise ValueError(f"grid {text!r} has {len(plain)} steps, not {STEPS_PER_BAR}")
    return plain
