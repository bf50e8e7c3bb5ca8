"""Form: how bars come back, how chords go round, how different pieces are from each other."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from engines.measure.line import Floats, Line
from engines.units import STEPS_PER_BAR


def lag_similarity(line: Line, lags: int) -> Floats:
    """Return the mean likeness 0..1 of bars 1..`lags` apart, float64 [lags]; nan where no pair has notes.

    Likeness: common notes (step, pitch) over all notes of both bars (Museformer's bar similarity).
    """
    bars = [
        {(step, int(line.pitch[bar * STEPS_PER_BAR + step])) for step in np.flatnonzero(row)}
        for bar, row in enumerate(line.rows)
    ]
    found = np.full(lags, np.nan)
    for lag in range(1, lags + 1):
        alike = [len(a & b) / len(a | b) for a, b in zip(bars[lag:], bars, strict=False) if a or b]
        if alike:
            found[lag - 1] = np.mean(alike)
    return found


def similarity_error(real: Floats, made: Floats) -> float:
    """Return SE 0..1: mean difference by lag of two similarity curves; lags that one of them lacks are skipped."""
    both = np.isfinite(real) & np.isfinite(made)
    return float(np.abs(real - made)[both].mean()) if both.any() else 0.0


def progression_irregularity(chords: Sequence[Hashable]) -> float:
    """Return CPI 0..1: distinct trigrams over all trigrams of the chord changes; 0 without a trigram (MusDr).

    Pass (root, triad) and not names: a slash chord is no new chord.
    """
    changes = [chord for n, chord in enumerate(chords) if n == 0 or chord != chords[n - 1]]
    trigrams = list(zip(changes, changes[1:], changes[2:], strict=False))
    return len(set(trigrams)) / len(trigrams) if trigrams else 0.0


def melodic_ngrams(line: Line, size: int = 3) -> Counter[tuple[tuple[int, int], ...]]:
    """Return how often each run of `size` (interval, inter-onset interval in steps) comes: the same in every key."""
    moves = list(zip(np.diff(line.notes).tolist(), np.diff(line.starts).tolist(), strict=True))
    return Counter(tuple(moves[n : n + size]) for n in range(len(moves) - size + 1))


def vendi(pieces: Sequence[Counter[tuple[tuple[int, int], ...]]]) -> float:
    """Return the Vendi score 1..n: exp of the entropy of the eigenvalues of the pieces' cosine kernel over n.

    The kernel is of n-gram histograms, so no trained encoder flatters it; no pieces: 0.
    """
    if not pieces:
        return 0.0
    cells = {gram: n for n, gram in enumerate(sorted({gram for piece in pieces for gram in piece}))}
    rows = np.zeros((len(pieces), max(1, len(cells))))
    for number, piece in enumerate(pieces):
        for gram, count in piece.items():
            rows[number, cells[gram]] = count
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    kernel = rows @ rows.T
    np.fill_diagonal(kernel, 1.0)
    values = np.linalg.eigvalsh(kernel / len(pieces))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))
