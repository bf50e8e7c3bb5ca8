"""Room between voices: collisions of pitch, and a budget of onsets per register."""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.note import Bar
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

UNPITCHED: Final = "drums"
REGISTER: Final = 12  # semitones of a register: an octave has room for so many onsets a bar
PITCHES: Final = 128


class Crowd(msgspec.Struct, frozen=True, eq=False):
    """Voices already written on the grid. sounding bool [16, 128]; onsets int64 [registers]: those of a whole bar.

    near: semitones within which two voices collide. budget: onsets a bar and register before it is full.
    """

    sounding: Mask
    onsets: Ints
    near: int
    budget: float


def crowd_of(written: Mapping[str, Bar], voice: str, *, near: float, budget: float) -> Crowd:
    """Return the voices already written but for `voice` itself; drums have no pitch."""
    sounding = np.zeros((STEPS_PER_BAR, PITCHES), bool)
    onsets = np.zeros(-(-PITCHES // REGISTER), np.int64)
    for name, bar in written.items():
        for note in bar.notes if name not in (voice, UNPITCHED) else ():
            first = min(STEPS_PER_BAR - 1, round(note.onset / TICKS_PER_STEP))
            sounding[first : max(first + 1, round(note.end / TICKS_PER_STEP)), note.pitch] = True
            onsets[note.pitch // REGISTER] += 1
    return Crowd(sounding, onsets, round(near), budget)


def close(crowd: Crowd) -> Mask:
    """Return which MIDI pitches lie within `near` semitones of what sounds, bool [16, 128]."""
    found = crowd.sounding.copy()
    for by in range(1, crowd.near + 1):
        found[:, by:] |= crowd.sounding[:, :-by]
        found[:, :-by] |= crowd.sounding[:, by:]
    return found


def crowding(pitch: Ints, onset: Mask, crowd: Crowd) -> float:
    """Return how much a line is in the way, 0 or more: share of its steps that collide, and onsets over budget each.

    pitch int64 [16]: MIDI pitch that sounds, -1 for none; onset bool [16].
    """
    sounds = pitch >= 0
    hits = close(crowd)[np.arange(STEPS_PER_BAR), np.maximum(pitch, 0)] & sounds
    mine = np.bincount(pitch[onset & sounds] // REGISTER, minlength=len(crowd.onsets))
    over = np.maximum(0, mine + crowd.onsets - crowd.budget)[(mine > 0) & (crowd.onsets > 0)].sum()
    return float(hits.sum() / max(1, sounds.sum()) + over / STEPS_PER_BAR)
