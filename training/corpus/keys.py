"""The key of a piece from its notes: correlation with profiles (Krumhansl's method; source of the numbers: config)."""

from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.theory.key import Key
from engines.units import TICKS_PER_BEAT
from training.corpus.config import KeyProfiles

Floats = NDArray[np.float64]


class KeyGuess(msgspec.Struct, frozen=True):
    """A key, how sure 0..1, and the share of pitched time that lies in its scale, 0..1."""

    key: Key
    confidence: float
    fit: float


def sounding(notes: NDArray[np.int64], longest_beats: float) -> Floats:
    """Return the time of each pitch class, float64 [12], in beats; notes int64 [N, 4]."""
    beats = np.minimum(notes[:, 1] / TICKS_PER_BEAT, longest_beats)
    return np.bincount(notes[:, 2] % 12, weights=beats, minlength=12)


@lru_cache(maxsize=8)
def _profiles(config: KeyProfiles) -> Floats:
    """Return [24, 12], centred and of unit length: twelve major keys, then twelve minor ones."""
    rows = np.array([np.roll(row, tonic) for row in (config.major, config.minor) for tonic in range(12)])
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def guess(time: Floats, config: KeyProfiles) -> KeyGuess:
    """Return the likeliest key for the time of each pitch class [12]; silence is C major with confidence 0."""
    centred = time - time.mean()
    norm = np.linalg.norm(centred)
    if norm == 0:
        return KeyGuess(Key(0, "major"), 0.0, 0.0)
    likeness = _profiles(config) @ (centred / norm)
    best = int(likeness.argmax())
    sure = 1 / np.exp((likeness - likeness[best]) * config.sharpness).sum()
    key = Key(best % 12, "major" if best < 12 else "minor")
    return KeyGuess(key, round(float(sure), 3), fit(time, key))


def fit(time: Floats, key: Key) -> float:
    """Return the share of pitched time in the key's scale; a minor key may raise its sixth and seventh."""
    allowed = set(key.pitch_classes)
    if key.is_minor:
        allowed |= {(key.tonic + 9) % 12, (key.tonic + 11) % 12}
    total = float(time.sum())
    return float(time[sorted(allowed)].sum()) / total if total else 0.0
