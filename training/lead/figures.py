"""Figures of a melody on the grid, as defined once in the project's research (bands of real music).

Pitches are tokens relative to the relative-major tonic; every function takes rows of 16 steps.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engines.codec.grid import Harmony
from engines.codec.lead import CENTRE, HOLD, PITCHES
from engines.units import STEPS_PER_BAR

Grid = NDArray[np.int64]
Chords = Sequence[tuple[Harmony | None, ...]]
_MAJOR = frozenset({0, 2, 4, 5, 7, 9, 11})


def figures(tokens: Grid, chords: Chords | None) -> dict[str, float]:
    """Return the figures of bars [N, 16]; chords: per bar four beats (and more), None = not judged."""
    onset = tokens < PITCHES
    line = tokens[onset]
    if len(line) < 8:
        return {}
    classes = (line - CENTRE) % 12
    shares = np.bincount(classes, minlength=12) / len(classes)
    moves = np.abs(np.diff(line))
    found = {
        "pitch_class_entropy": float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum()),
        "scale_consistency": max(float(np.isin((classes - shift) % 12, list(_MAJOR)).mean()) for shift in range(12)),
        "notes_per_bar": float(onset.sum() / len(tokens)),
        "step_share": float((moves <= 2).mean()),
        "leap_share": float((moves > 7).mean()),
        "onset_f1_lag4": _similarity(onset, 4),
        "rest_share": float((tokens == PITCHES + 1).mean()),
    }
    return found | (_chord_figures(tokens, chords) if chords is not None else {})


def _similarity(onset: NDArray[np.bool_], lag: int) -> float:
    pairs = [
        2 * (a & b).sum() / (a.sum() + b.sum())
        for a, b in zip(onset[lag:], onset[:-lag], strict=True)
        if a.any() or b.any()
    ]
    return float(np.mean(pairs)) if pairs else 0.0


def _chord_figures(tokens: Grid, chords: Chords) -> dict[str, float]:
    frames, onsets, strong = [], [], []
    sounding = None
    for bar, row in enumerate(tokens.tolist()):
        for step, token in enumerate(row):
            sounding = token - CENTRE if token < PITCHES else sounding if token == HOLD else None
            chord = chords[bar][step * 4 // STEPS_PER_BAR]
            if sounding is None or chord is None:
                continue
            fits = chord.has(sounding)
            frames.append(fits)
            if token < PITCHES:
                onsets.append(fits)
                if step % 8 == 0:
                    strong.append(fits)
    named = {"chord_tones_frames": frames, "chord_tones_onsets": onsets, "chord_tones_strong": strong}
    return {name: float(np.mean(values)) for name, values in named.items() if values}


def bands(rows: Sequence[dict[str, float]]) -> dict[str, tuple[float, float, float]]:
    """Return (mean, p10, p90) per figure over excerpts."""
    names = {name for row in rows for name in row}
    columns = {name: np.array([row[name] for row in rows if name in row]) for name in sorted(names)}
    return {name: (float(x.mean()), *(float(q) for q in np.quantile(x, (0.1, 0.9)))) for name, x in columns.items()}
