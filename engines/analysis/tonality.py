"""How much the notes of a whole are like those of each key: correlation with profiles (Krumhansl's method)."""

from functools import lru_cache

import numpy as np

from engines.analysis.music import Floats, Ints
from engines.analysis.settings import Profiles
from engines.units import TICKS_PER_BEAT


def likeness(notes: Ints, using: Profiles) -> Floats:
    """Return the correlation -1..1 of notes int64 [N, 4] with each of the 24 keys (`words.KEYS`); silence: zeros."""
    beats = np.minimum(notes[:, 1] / TICKS_PER_BEAT, using.longest_beats)
    time = np.bincount(notes[:, 2] % 12, weights=beats, minlength=12)
    centred = time - time.mean()
    norm = float(np.linalg.norm(centred))
    return _rows(using) @ (centred / norm) if norm else np.zeros(24)


@lru_cache(maxsize=4)
def _rows(using: Profiles) -> Floats:
    """Return [24, 12], centred and of unit length."""
    rows = np.array([np.roll(row, tonic) for row in (using.major, using.minor) for tonic in range(12)])
    rows = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))
