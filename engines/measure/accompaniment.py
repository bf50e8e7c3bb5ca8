"""How voices support a melody (after StreamMUSE), and how smoothly held voices move."""

from itertools import pairwise

import numpy as np

from engines.measure.harmony import CONSONANT
from engines.measure.line import SILENT, Flags, Ints, Line, Roll


def consonant_share(melody: Line, others: Roll) -> float | None:
    """Return CR 0..1: the share of the melody's sounding steps with a tone a consonant interval (mod 12) below it."""
    steps = np.flatnonzero(melody.pitch != SILENT)
    if not len(steps):
        return None
    classes = _classes(others.sounding[steps])
    wanted = (melody.pitch[steps][:, None] - np.array(CONSONANT)) % 12
    return float(np.take_along_axis(classes, wanted, axis=1).any(-1).mean())


def unsupported_share(melody: Line, others: Roll) -> float | None:
    """Return UR 0..1: the share of the melody's sounding steps at which nothing else sounds."""
    steps = np.flatnonzero(melody.pitch != SILENT)
    return float((~others.sounding[steps].any(-1)).mean()) if len(steps) else None


def _classes(sounding: Flags) -> Flags:
    found = np.zeros((len(sounding), 12), np.bool_)
    for pitch in range(sounding.shape[1]):
        found[:, pitch % 12] |= sounding[:, pitch]
    return found


def movement(before: Ints, after: Ints) -> float:
    """Return the mean semitones that a voice moves under the best assignment of two chords, each at least one pitch.

    On a line the best assignment never crosses, so a table over sorted voices finds it; where the numbers differ,
    the smaller chord's voices all move and the rest appear or vanish.
    """
    few, many = sorted((np.sort(before), np.sort(after)), key=len)
    price = np.zeros(len(many) + 1)
    for voice in few:
        taken = np.append(np.inf, price[:-1] + np.abs(many - voice))
        price = np.minimum.accumulate(taken)
    return float(price[-1] / len(few))


def movements(held: Roll, chords: Flags) -> list[float]:
    """Return `movement` at every chord change: from the last pitches under a chord to the first under the next.

    chords: bool [T, 12]; a change where either side sounds nothing is skipped.
    """
    edges = [0, *(np.flatnonzero((chords[1:] != chords[:-1]).any(-1)) + 1), len(chords)]
    found, before = [], None
    for start, end in pairwise(edges):
        steps = [step for step in range(start, end) if held.sounding[step].any()]
        if steps and before is not None:
            found.append(movement(before, np.flatnonzero(held.sounding[steps[0]])))
        before = np.flatnonzero(held.sounding[steps[-1]]) if steps else None
    return found


def onset_histogram(roll: Roll) -> Ints:
    """Return onsets by step of the bar, int64 [16]."""
    return np.asarray(roll.onset.sum(-1).reshape(-1, 16).sum(0), np.int64)


def class_histogram(roll: Roll, tonic: int = 0) -> Ints:
    """Return onsets by pitch class above a tonic, int64 [12]."""
    return np.bincount((np.arange(128) - tonic) % 12, weights=roll.onset.sum(0), minlength=12).astype(np.int64)
