"""All features of a melody: what bands, overlap and comparisons are made of."""

from collections.abc import Mapping, Sequence

import numpy as np

from engines.measure import harmony, pitch, rhythm
from engines.measure.line import Flags, Line

FEWEST_NOTES = 8
"""Excerpts with fewer notes are not judged, real or written."""
LAG = 4  # bars: at which real melodies come back most


def features(line: Line, chords: Flags | None = None) -> dict[str, float]:
    """Return every feature by name; those of chords only where chords are known; {} for fewer than 8 notes."""
    if len(line.notes) < FEWEST_NOTES:
        return {}
    found: dict[str, float | None] = {
        "pitch_class_entropy": pitch.pitch_class_entropy(line),
        "entropy_1_bar": pitch.windowed_entropy(line, 1),
        "entropy_4_bars": pitch.windowed_entropy(line, 4),
        "pitch_entropy": pitch.pitch_entropy(line),
        "scale_consistency": pitch.scale_consistency(line),
        "step_share": pitch.step_share(line),
        "leap_share": pitch.leap_share(line),
        "notes_per_bar": pitch.notes_per_bar(line),
        "rest_share": rhythm.rest_share(line),
        "groove_similarity": rhythm.groove_similarity(line),
        "onset_f1": rhythm.onset_f1(line),
        "onset_f1_lag4": rhythm.onset_f1(line, LAG),
    }
    if chords is not None:
        found |= {
            "chord_tones_onsets": harmony.chord_tone_share(line, chords),
            "chord_tones_strong": harmony.chord_tone_share(line, chords, strong=True),
            "chord_tones_frames": harmony.note_in_chord(line, chords),
            "ctnctr": harmony.ctnctr(line, chords),
            "consonance": harmony.consonance(line, chords),
            "chord_distance": harmony.melody_chord_distance(line, chords),
        }
    return {name: value for name, value in found.items() if value is not None}


def summary(rows: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float, float]]:
    """Return (mean, p10, p90) per feature over excerpts."""
    names = sorted({name for row in rows for name in row})
    columns = {name: np.array([row[name] for row in rows if name in row]) for name in names}
    return {name: (float(x.mean()), *np.quantile(x, (0.1, 0.9)).tolist()) for name, x in columns.items()}
