"""How two sets of values lie to each other: overlapping area and Jensen-Shannon, both on one common grid."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from engines.measure.line import Floats

_GRID: Final = 512  # points at which densities are compared
_REACH: Final = 3.0  # bandwidths beyond the outermost value
_NARROWEST: Final = 1e-9  # of the values: what differs by less is equal, and equal values still have a density


def distances(one: ArrayLike, other: ArrayLike | None = None) -> Floats:
    """Return |x - y| over all pairs within a set, or between two sets (Yang & Lerch: intra-set, inter-set)."""
    a = np.asarray(one, np.float64)
    if other is not None:
        return np.abs(a[:, None] - np.asarray(other, np.float64)[None]).ravel()
    first, second = np.triu_indices(len(a), 1)
    return np.abs(a[first] - a[second])


def overlapping_area(real: ArrayLike, made: ArrayLike) -> float:
    """Return OA 0..1 of a feature: the common area of the densities of distances within real and real to made.

    Gaussian kernels, Scott's bandwidth (Yang & Lerch 2020). Sets of fewer than three values have no area: 0.
    """
    one, other = np.asarray(real, np.float64), np.asarray(made, np.float64)
    if len(one) < 3 or len(other) < 3:
        return 0.0
    return common_area(distances(one), distances(one, other))


def common_area(one: Floats, other: Floats) -> float:
    """Return the integral 0..1 of the lesser of two kernel densities."""
    whole = np.concatenate([one, other])
    width = float(np.ptp(whole))
    if width <= _NARROWEST * float(np.abs(whole).max()):
        return 1.0
    bands = [max(_scott(values), width * _NARROWEST) for values in (one, other)]
    narrow = min(bands)
    low, high = whole.min(), whole.max()
    grid = np.linspace(low - _REACH * max(bands), high + _REACH * max(bands), _GRID)
    if narrow < grid[1] - grid[0]:  # a spike that the grid cannot see: count values in its cells
        shares = [np.histogram(values, grid)[0] / len(values) for values in (one, other)]
        return float(np.minimum(*shares).sum())
    least = np.minimum(*(_density(values, band, grid) for values, band in zip((one, other), bands, strict=True)))
    return float(min(1.0, np.trapezoid(least, grid)))


def _scott(values: Floats) -> float:
    return float(values.std(ddof=1) * len(values) ** -0.2) if len(values) > 1 else 0.0


def _density(values: Floats, band: float, grid: Floats) -> Floats:
    """Return the kernel density [grid]; values are shared between the two nearest points first, so many cost little."""
    place = (values - grid[0]) / (grid[1] - grid[0])
    left = np.floor(place).astype(np.int64)
    part = place - left
    mass = np.bincount(left, 1 - part, len(grid)) + np.bincount(left + 1, part, len(grid))
    kernel = np.exp(-0.5 * ((grid[:, None] - grid[None]) / band) ** 2)
    return np.asarray(kernel @ mass / (len(values) * band * np.sqrt(2 * np.pi)), np.float64)


def jensen_shannon(one: ArrayLike, other: ArrayLike) -> float:
    """Return the Jensen-Shannon divergence 0..1 bits of two histograms over the same cells; two empty ones: 0."""
    p, q = (np.asarray(x, np.float64) for x in (one, other))
    p, q = (x / x.sum() if x.sum() else np.full(len(x), 1 / len(x)) for x in (p, q))
    middle = (p + q) / 2
    parts = [np.where(x > 0, x * np.log2(np.maximum(x, 1e-300) / np.maximum(middle, 1e-300)), 0).sum() for x in (p, q)]
    return float(max(0.0, sum(parts) / 2))
