"""Bach's chorales in frames of a 16th: four voices and a chord, in the order of TonicNet (chord, soprano, bass, ...).

The chord is named by our own rule from the notes that sound; TonicNet (Peracha 2019) brings labels of its own.
"""

import json
import lzma
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.split import clusters, shingles

FOLDER = "jsb_chorales"
LOWEST, HIGHEST = 36, 81  # MIDI: the corpus' range
REST = 0
PITCHES = HIGHEST - LOWEST + 2  # and the rest
TRIADS = ((0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8))
OTHER, SILENCE = 12 * len(TRIADS), 12 * len(TRIADS) + 1
CHORDS = SILENCE + 1
PARTS = 5  # chord, soprano, bass, alto, tenor
ORDER = [0, 3, 1, 2]  # of the file's soprano, alto, tenor, bass
OUTSIDE = 0.6  # what a tone outside a triad costs against one inside
LEAST = 1.3  # two tones of a triad and one beside it still name it


class Chorale(msgspec.Struct, frozen=True, eq=False):
    """One chorale: frames int64 [T, PARTS]; group: number of its cluster of near-duplicates by the soprano."""

    frames: NDArray[np.int64]
    group: int


def read(data: Path) -> dict[str, list[Chorale]]:
    """Return train, valid and test as published."""
    with lzma.open(data / FOLDER / "Jsb16thSeparated.json.xz", "rt") as file:
        sides = json.load(file)
    pieces = [
        (side, np.array(piece, np.int64)[:, ORDER]) for side in ("train", "valid", "test") for piece in sides[side]
    ]
    groups = clusters([melody(voices[:, 0]) for _, voices in pieces])
    found: dict[str, list[Chorale]] = {"train": [], "valid": [], "test": []}
    for (side, voices), group in zip(pieces, groups, strict=True):
        found[side].append(Chorale(frames(voices), group))
    return found


def melody(voice: NDArray[np.int64]) -> set[int]:
    """Return the shingles of a voice, repeated pitches merged (the file does not tell them apart)."""
    onsets = np.flatnonzero(np.concatenate([[True], voice[1:] != voice[:-1]]))
    onsets = onsets[voice[onsets] >= LOWEST]
    return shingles(onsets.tolist(), voice[onsets].tolist())


def frames(voices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return frames of voices [T, 4] (MIDI pitches, -1 = silent)."""
    named: dict[tuple[int, ...], int] = {}
    chords = [named.setdefault(tuple(frame), chord(frame)) for frame in voices]
    return np.column_stack([chords, np.where(voices < LOWEST, REST, voices - LOWEST + 1)])


def chord(voices: NDArray[np.int64]) -> int:
    """Return the triad that explains most of what sounds, the bass its root where two explain as much."""
    sounding = [int(pitch) for pitch in voices if pitch >= LOWEST]
    if not sounding:
        return SILENCE
    tones, bass = {pitch % 12 for pitch in sounding}, min(sounding) % 12
    best, name = LEAST, OTHER
    for root in sorted(tones, key=lambda tone: tone != bass):
        for kind, triad in enumerate(TRIADS):
            inside = sum((root + interval) % 12 in tones for interval in triad)
            value = inside - OUTSIDE * (len(tones) - inside)
            if value > best:
                best, name = value, root * len(TRIADS) + kind
    return name


def transposed(whole: NDArray[np.int64], shift: int) -> NDArray[np.int64]:
    """Return frames `shift` semitones higher; the pitches stay inside the range (see `room`)."""
    named, notes = whole[:, :1], whole[:, 1:]
    moved = (named // len(TRIADS) + shift) % 12 * len(TRIADS) + named % len(TRIADS)
    return np.concatenate([np.where(named < OTHER, moved, named), np.where(notes == REST, REST, notes + shift)], 1)


def room(whole: NDArray[np.int64], ranges: NDArray[np.int64]) -> tuple[int, int]:
    """Return how far frames can be moved down and up with every voice inside its range [4, 2] (lowest, highest)."""
    low, high = spread([whole]).T
    return min(0, int((ranges[:, 0] - low).max())), max(0, int((ranges[:, 1] - high).min()))


def spread(pieces: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the lowest and highest note of every voice [4, 2]."""
    notes = np.concatenate(pieces)[:, 1:]
    return np.stack([np.where(notes == REST, PITCHES, notes).min(0), notes.max(0)], 1)
