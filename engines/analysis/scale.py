"""Which scale notes are drawn from, above a tonic that the harmony tells."""

from typing import Final

import msgspec
import numpy as np

from engines.analysis.music import Floats, Ints
from engines.analysis.settings import Melody
from engines.theory.key import MODES, Key

SCALES: Final[dict[str, frozenset[int]]] = {
    "major pentatonic": frozenset({0, 2, 4, 7, 9}),
    "minor pentatonic": frozenset({0, 3, 5, 7, 10}),
    "blues": frozenset({0, 3, 5, 6, 7, 10}),
    **{mode.replace("_", " "): frozenset(steps) for mode, steps in MODES.items()},
    "whole tone": frozenset({0, 2, 4, 6, 8, 10}),
    "chromatic": frozenset(range(12)),
}
"""Semitones above the tonic; "minor" is natural minor."""


class Scale(msgspec.Struct, frozen=True):
    """A scale, and the share 0..1 of pitched time that lies in it."""

    name: str
    fit: float


def scale(notes: Ints, key: Key, using: Melody) -> Scale | None:
    """Return the scale that holds the notes (int64 [N, 4]) with the fewest tones to spare; None for no notes."""
    if not len(notes):
        return None
    ticks = np.bincount((notes[:, 2] - key.tonic) % 12, weights=notes[:, 1], minlength=12)
    time: Floats = ticks / ticks.sum()
    return max((_judged(name, tones, time) for name, tones in SCALES.items()), key=lambda one: _value(one, time, using))


def _judged(name: str, tones: frozenset[int], time: Floats) -> Scale:
    return Scale(name, round(float(time[sorted(tones)].sum()), 3))


def _value(one: Scale, time: Floats, using: Melody) -> float:
    """Return how well a scale accounts for the notes: foreign time is dear, tones that never sound cost a little."""
    absent = sum(time[tone] < 1e-3 for tone in SCALES[one.name])
    return -using.scale_foreign * (1 - one.fit) - using.scale_absent * float(absent) - (len(SCALES[one.name]) > 7) * 0.5
