"""Idioms: what a style's chords and keys do, counted in human analyses (`configs/idioms/*.yaml`).

An idiom's file holds counts and shares; `odds` makes probabilities of them. Numbers of chords and keys: `words`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import yaml

from engines.analysis.music import Floats, Ints
from engines.analysis.words import KINDS, STATES, number
from engines.theory import numeral
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral

FOLDER: Final = Path(__file__).parents[2] / "configs" / "idioms"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Counts = dict[str, str]
"""Numeral -> "V7 120 IV 80": what comes next, and how often."""


class Sounding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long each interval above a chord's root sounds, shares 0..1 of the time: in the key's scale, and off it."""

    inside: tuple[float, ...]
    outside: tuple[float, ...]
    bass: tuple[float, ...]


class Idiom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file.

    change: probability of a new chord by level (`metre`). modulate: share of them in another key; pivot: share of
    those that keep the chord. relation: by the old mode, how often to each of twelve major, then minor keys above the
    old tonic. first, last, follow: counts by mode.
    """

    about: str
    sounding: dict[str, Sounding]
    change: tuple[float, float, float, float]
    modulate: float
    pivot: float
    relation: dict[str, tuple[float, ...]]
    first: dict[str, str]
    last: dict[str, str]
    follow: dict[str, Counts]


def read(path: Path) -> Idiom:
    """Return one file's idiom."""
    return msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), LOADER), Idiom)  # noqa: S506  # a safe loader


def vector(text: str, mode: str) -> Floats:
    """Return the counts of a line "V7 120 IV 80", float64 [C]."""
    words = text.split()
    found = np.zeros(STATES)
    for name, count in zip(words[::2], words[1::2], strict=True):
        found[state_of(name, mode)] += float(count)
    return found


@lru_cache(maxsize=1024)
def state_of(name: str, mode: str) -> int:
    """Return the number of a numeral's chord above the tonic; its quality must be one of `words.KINDS`."""
    chord = Numeral.parse(name).chord(Key(0, mode))
    return number(chord.root, chord.quality)


def spell(counts: Ints, mode: str) -> str:
    """Return counts [C] as a line, the commonest first."""
    order = sorted(np.flatnonzero(counts).tolist(), key=lambda state: (-counts[state], state))
    names = (numeral.of(Chord(state % 12, KINDS[state // 12], state % 12), Key(0, mode)).name for state in order)
    return " ".join(f"{name} {counts[state]:g}" for name, state in zip(names, order, strict=True))
