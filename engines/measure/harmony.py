"""How a melody lies over its chords. `chords`: bool [T, 12] as `line.chord_rows`; steps of unknown chords are skipped.

Names and formulas after Yeh et al. 2021 (CTnCTR, PCS, MCTD); NIC after ReaLchords.
"""

from typing import Final

import numpy as np

from engines.measure.line import SILENT, Flags, Floats, Ints, Line
from engines.units import STEPS_PER_BAR

CONSONANT: Final = (0, 3, 4, 7, 8, 9)  # unison, thirds, fifth, sixths
_PERFECT_FOURTH = 5  # neither consonant nor dissonant above a chord tone
_NEAR = 2  # semitones to the next note within which a foreign note is a passing one
_STRONG = 8  # steps between strong beats: the first and the third
_RADII: Final = (1.0, 1.0, 0.5)  # of the circles of fifths, minor and major thirds (Harte 2006)
_TURNS: Final = (7 / 6, 3 / 2, 2 / 3)  # half turns per semitone on each circle


def chord_tone_share(line: Line, chords: Flags, *, strong: bool = False) -> float | None:
    """Return CTR: the share 0..1 of onsets (or of those on steps 0 and 8 of 16) that are chord tones; None for none."""
    steps = _known(line.starts, chords)
    if strong:
        steps = steps[steps % STEPS_PER_BAR % _STRONG == 0]
    return _share(line.pitch[steps], chords[steps])


def note_in_chord(line: Line, chords: Flags) -> float | None:
    """Return NIC: the share 0..1 of sounding steps whose pitch class is in the chord; silence is skipped."""
    steps = _sounding(line, chords)
    return _share(line.pitch[steps], chords[steps])


def chord_swap(line: Line, own: Flags, other: Flags) -> float | None:
    """Return the drop of NIC, -1..1, when a melody is laid over chords that are not its own."""
    kept, lost = note_in_chord(line, own), note_in_chord(line, other)
    return None if kept is None or lost is None else kept - lost


def ctnctr(line: Line, chords: Flags) -> float | None:
    """Return (n_c + n_p) / (n_c + n_n), 0..1: chord tones, and foreign notes within 2 semitones of the next note."""
    steps = _known(line.starts, chords)
    if not len(steps):
        return None
    numbers = np.searchsorted(line.starts, steps)
    notes = line.notes
    proper = np.append(np.abs(np.diff(notes)) <= _NEAR, False)[numbers]
    fits = chords[steps, line.pitch[steps] % 12]
    return float((fits | proper).mean())


def consonance(line: Line, chords: Flags) -> float | None:
    """Return PCS -1..1: mean over (sounding step, chord tone) of +1 consonant, 0 fourth, -1 else above the tone."""
    steps = _sounding(line, chords)
    if not len(steps):
        return None
    table = np.full(12, -1.0)
    table[list(CONSONANT)], table[_PERFECT_FOURTH] = 1.0, 0.0
    scores = table[(line.pitch[steps][:, None] - np.arange(12)) % 12]
    return float(scores[chords[steps]].mean())


def centroid(classes: Floats | Flags) -> Floats:
    """Return tonal centroids [.., 6] of chroma rows [.., 12] (Harte 2006); an empty row lies in the middle."""
    angles = np.pi * np.outer(_TURNS, np.arange(12))
    axes = np.stack([np.sin(angles), np.cos(angles)], axis=1) * np.array(_RADII)[:, None, None]
    total = np.maximum(classes.sum(-1, keepdims=True), 1e-9)
    return np.asarray((classes / total) @ axes.reshape(6, 12).T, np.float64)


def melody_chord_distance(line: Line, chords: Flags) -> float | None:
    """Return MCTD, 0 or more: distance of note and chord in tonal centroid space, weighted by duration.

    The chord is the one at the onset.
    """
    known = chords[line.starts].any(-1)
    if not known.any():
        return None
    starts, lengths = line.starts[known], line.lengths[known]
    notes = centroid(np.eye(12)[line.pitch[starts] % 12])
    distance = np.linalg.norm(notes - centroid(chords[starts]), axis=-1)
    return float((distance * lengths).sum() / lengths.sum())


def chord_distance(chords: Flags) -> float:
    """Return CTD, 0 or more: mean tonal centroid distance between successive chords; no change, no distance."""
    changed = np.flatnonzero((chords[1:] != chords[:-1]).any(-1) & chords[1:].any(-1) & chords[:-1].any(-1))
    places = centroid(chords)
    return float(np.linalg.norm(places[changed + 1] - places[changed], axis=-1).mean()) if len(changed) else 0.0


def _known(steps: Ints, chords: Flags) -> Ints:
    return steps[chords[steps].any(-1)]


def _sounding(line: Line, chords: Flags) -> Ints:
    return np.flatnonzero((line.pitch != SILENT) & chords.any(-1)).astype(np.int64)


def _share(pitches: Ints, chords: Flags) -> float | None:
    return float(chords[np.arange(len(pitches)), pitches % 12].mean()) if len(pitches) else None
