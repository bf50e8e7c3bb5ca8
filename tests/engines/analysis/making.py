"""Small music for the tests: chords as blocks over a bass, a melody, a bar's length by its metre."""

import numpy as np

from engines.analysis.metre import length
from engines.analysis.music import Metre, Music, Track
from engines.theory.chord import Chord


def track(rows: list[tuple[int, int, int]], name: str = "", *, drum: bool = False, program: int = -1) -> Track:
    """Return a track of (onset, duration, pitch)."""
    notes = np.array([(*row, 90) for row in sorted(rows)], np.int64).reshape(-1, 4)
    return Track(name, notes, program, 9 if drum else 0, drum)


def blocks(names: list[str], ticks: int) -> list[tuple[int, int, int]]:
    """Return one block chord per name, each so long, its bass an octave below."""
    rows = []
    for number, name in enumerate(names):
        chord = Chord.parse(name)
        pitches = {36 + chord.bass, *(48 + pc for pc in chord.pitch_classes)}
        rows += [(number * ticks, ticks, pitch) for pitch in pitches]
    return rows


def chorale(text: str, metre: Metre | None = None, melody: list[tuple[int, int, int]] | None = None) -> Music:
    """Return one chord a bar, named between blanks, and a melody if one is given."""
    metre = metre or Metre(0, 4, 4)
    tracks = [track(blocks(text.split(), length(metre)), "chords")]
    if melody:
        tracks.append(track(melody, "melody"))
    return Music(tuple(tracks), (metre,))


def line(pitches: list[int], ticks: int = 480, start: int = 0) -> list[tuple[int, int, int]]:
    """Return a melody of notes that are equally long."""
    return [(start + number * ticks, ticks, pitch) for number, pitch in enumerate(pitches)]
