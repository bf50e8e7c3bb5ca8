"""When notes begin, and how bars are alike in that."""

from itertools import combinations

import numpy as np

from engines.measure.line import SILENT, Flags, Line
from engines.units import STEPS_PER_BAR


def groove_similarity(line: Line, lag: int = 0) -> float:
    """Return GS 0..1: mean of 1 - XOR / 16 over all pairs of bars, or over those `lag` apart (Wu & Yang, Q = 16).

    Not muspy's groove consistency, which knows adjacent bars in raw ticks only.
    """
    alike = [1 - float((a ^ b).sum()) / STEPS_PER_BAR for a, b in _pairs(line.rows, lag)]
    return float(np.mean(alike)) if alike else 1.0


def onset_f1(line: Line, lag: int = 0) -> float:
    """Return mean 2 |a and b| / (|a| + |b|), 0..1, over all pairs of bars or those `lag` apart; two empty bars skip.

    Fair to density where GS is not: sparse bars agree in their silence.
    """
    alike = [float(2 * (a & b).sum() / (a.sum() + b.sum())) for a, b in _pairs(line.rows, lag) if a.any() or b.any()]
    return float(np.mean(alike)) if alike else 0.0


def rest_share(line: Line) -> float:
    """Return the share 0..1 of steps at which nothing sounds."""
    return float((line.pitch == SILENT).mean()) if len(line.pitch) else 0.0


def _pairs(rows: Flags, lag: int) -> list[tuple[Flags, Flags]]:
    if lag:
        return list(zip(rows[lag:], rows[:-lag], strict=True))
    return list(combinations(rows, 2))
