"""Which track is the melody, and the one line that it sings."""

import re

import numpy as np

from engines.analysis.music import Ints, Music, Track
from engines.units import TICKS_PER_STEP

_CROWDED = 1.6  # notes an onset: more is accompaniment


def lead_of(music: Music, names: str) -> Track | None:
    """Return the track that is the melody: by its name, else the highest that mostly sings one note at a time."""
    tracks = [track for track in music.tracks if not track.drum and len(track.notes)]
    named = [track for track in tracks if re.search(names, track.name.lower()) and _crowd(track.notes) < _CROWDED]
    single = named or [track for track in tracks if _crowd(track.notes) < _CROWDED]
    return max(single, key=_weight, default=None)


def line_of(notes: Ints) -> Ints:
    """Return the highest of the notes that begin together, each ending where the next begins: int64 [n, 4]."""
    if not len(notes):
        return notes
    place = np.rint(notes[:, 0] / (TICKS_PER_STEP // 4)).astype(np.int64)
    order = np.lexsort((-notes[:, 2], place))
    rows = notes[order]
    top: Ints = rows[np.append(True, np.diff(place[order]) > 0)].copy()
    top[:-1, 1] = np.minimum(top[:-1, 1], np.maximum(1, np.diff(top[:, 0])))
    return top


def _crowd(notes: Ints) -> float:
    return len(notes) / max(1, len(np.unique(notes[:, 0] // (TICKS_PER_STEP // 2))))


def _weight(track: Track) -> float:
    """Return how much a track sounds like the tune: high, and there for much of the time."""
    return float(np.median(track.notes[:, 2])) * min(1.0, float(np.log1p(len(track.notes))) / 5)
