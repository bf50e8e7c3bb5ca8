"""Which pitches a melody uses, and how it moves."""

from typing import Final

import numpy as np

from engines.measure.line import Floats, Ints, Line
from engines.units import STEPS_PER_BAR

_MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
_STEP, _LEAP = 2, 7  # semitones: a step is at most a whole tone; beyond a fifth is a leap


def entropy(counts: Ints | Floats) -> float:
    """Return the entropy in bits of a histogram, 0 or more; an empty one has none."""
    total = counts.sum()
    shares = counts[counts > 0] / total if total else np.zeros(0)
    return float(-(shares * np.log2(shares)).sum())


def pitch_class_entropy(line: Line) -> float:
    """Return PCE: the entropy 0..3.58 bits of the pitch classes of all onsets (MusDr's H over the whole)."""
    return entropy(np.bincount(line.notes % 12, minlength=12))


def windowed_entropy(line: Line, bars: int) -> float:
    """Return H_w: mean over all sliding windows of so many bars of their PCE; empty windows are skipped (MusDr)."""
    found = []
    for first in range(line.bars - bars + 1):
        part = slice(first * STEPS_PER_BAR, (first + bars) * STEPS_PER_BAR)
        notes = line.pitch[part][line.onset[part]]
        if len(notes):
            found.append(entropy(np.bincount(notes % 12, minlength=12)))
    return float(np.mean(found)) if found else 0.0


def pitch_entropy(line: Line) -> float:
    """Return the entropy 0..7 bits of the MIDI pitches of all onsets."""
    return entropy(np.bincount(line.notes, minlength=128))


def scale_consistency(line: Line) -> float:
    """Return the greatest share 0..1 of onsets in one of the 12 diatonic sets (24 major and minor keys coincide)."""
    classes = line.notes % 12
    if not len(classes):
        return 0.0
    return max(float(np.isin((classes - tonic) % 12, _MAJOR).mean()) for tonic in range(12))


def step_share(line: Line) -> float:
    """Return the share 0..1 of moves from note to note of at most 2 semitones, repeated notes included."""
    moves = np.abs(np.diff(line.notes))
    return float((moves <= _STEP).mean()) if len(moves) else 0.0


def leap_share(line: Line) -> float:
    """Return the share 0..1 of moves from note to note of more than 7 semitones."""
    moves = np.abs(np.diff(line.notes))
    return float((moves > _LEAP).mean()) if len(moves) else 0.0


def notes_per_bar(line: Line) -> float:
    """Return onsets per bar, 0..16."""
    return float(line.onset.sum() / max(1, line.bars))


def mean_pitch(line: Line) -> float:
    """Return the mean MIDI pitch of all onsets."""
    return float(line.notes.mean()) if len(line.notes) else 0.0
