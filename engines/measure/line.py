"""What is measured: a melody, a roll of any voices, chords; all on a grid of T = 16 x bars steps."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.note import Bar
from engines.theory.chord import Chord
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_STEP

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SILENT: Final = -1
PITCHES: Final = 128

Placed = tuple[int, int, int]
"""(onset in steps, duration in steps >= 1, MIDI pitch)."""


class Line(msgspec.Struct, frozen=True, eq=False):
    """One melody. pitch int64 [T]: MIDI pitch that sounds at a step, SILENT = none; onset bool [T]: a note begins."""

    pitch: Ints
    onset: Flags

    @property
    def bars(self) -> int:
        """Number of bars."""
        return len(self.pitch) // STEPS_PER_BAR

    @property
    def notes(self) -> Ints:
        """MIDI pitches of the notes in order, int64 [n]."""
        return self.pitch[self.onset]

    @property
    def starts(self) -> Ints:
        """Onset steps of the notes, int64 [n]."""
        return np.flatnonzero(self.onset).astype(np.int64)

    @property
    def lengths(self) -> Ints:
        """Steps that each note sounds, int64 [n]."""
        owner = np.cumsum(self.onset)[self.pitch != SILENT]
        return np.bincount(owner, minlength=int(self.onset.sum()) + 1)[1:].astype(np.int64)

    @property
    def rows(self) -> Flags:
        """Onsets by bar, bool [bars, 16]."""
        return self.onset.reshape(-1, STEPS_PER_BAR)


class Roll(msgspec.Struct, frozen=True, eq=False):
    """Any number of voices. sounding, onset: bool [T, 128]."""

    sounding: Flags
    onset: Flags

    def __or__(self, other: "Roll") -> "Roll":
        """Return both together."""
        return Roll(self.sounding | other.sounding, self.onset | other.onset)


def line_of(notes: Iterable[Placed], bars: int) -> Line:
    """Return a melody: of notes that begin together the highest stays, and each note ends where the next begins."""
    pitch, onset = np.full(bars * STEPS_PER_BAR, SILENT, np.int64), np.zeros(bars * STEPS_PER_BAR, np.bool_)
    for start, length, number in sorted(notes, key=lambda note: (note[0], note[2])):
        if 0 <= start < len(pitch):
            pitch[start:] = SILENT
            pitch[start : start + max(1, length)] = number
            onset[start] = True
    return Line(pitch, onset)


def roll_of(notes: Iterable[Placed], bars: int) -> Roll:
    """Return the notes as a roll."""
    sounding = np.zeros((bars * STEPS_PER_BAR, PITCHES), np.bool_)
    onset = np.zeros_like(sounding)
    for start, length, number in notes:
        if 0 <= start < len(sounding):
            sounding[start : start + max(1, length), number] = True
            onset[start, number] = True
    return Roll(sounding, onset)


def placed(bars: Sequence[Bar]) -> list[Placed]:
    """Return the notes of successive bars on the grid: onsets and durations rounded to sixteenths."""
    found = []
    for number, bar in enumerate(bars):
        for note in bar.notes:
            step = number * STEPS_PER_BAR + min(STEPS_PER_BAR - 1, round(note.onset / TICKS_PER_STEP))
            found.append((step, max(1, round(note.duration / TICKS_PER_STEP)), note.pitch))
    return found


def chord_rows(beats: Sequence[Chord | None]) -> Flags:
    """Return the pitch classes of one chord a beat by step, bool [4 x beats, 12]; an unknown chord is a row of none."""
    rows = np.zeros((len(beats), 12), np.bool_)
    for beat, chord in enumerate(beats):
        if chord is not None:
            rows[beat, list(chord.pitch_classes)] = True
    return np.repeat(rows, STEPS_PER_BEAT, axis=0)
