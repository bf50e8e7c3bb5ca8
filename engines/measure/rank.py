"""Rank correlation, and what it is by chance."""

import numpy as np
from numpy.typing import ArrayLike

from engines.measure.line import Floats


def ranks(values: ArrayLike) -> Floats:
    """Return ranks from 1; equal values share their mean rank."""
    _, place, counts = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], np.float64)


def spearman(one: ArrayLike, other: ArrayLike) -> float:
    """Return Spearman's rank correlation -1..1; 0 where one side never changes."""
    a, b = ranks(one), ranks(other)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / size) if size else 0.0


def shuffled(wished: ArrayLike, heard: ArrayLike, dice: np.random.Generator, times: int) -> float:
    """Return the mean of `spearman` over so many shuffles of the wish: what chance gives."""
    wish = np.asarray(wished, np.float64)
    return float(np.mean([spearman(dice.permutation(wish), heard) for _ in range(times)]))
