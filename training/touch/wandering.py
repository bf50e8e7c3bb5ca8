"""How a quantity wanders, from what was played: variances by how many steps apart; and what it makes one expect.

Covariance of two strokes g steps apart: drift * k^g, and where they share a sixteenth of the beat (g a multiple of 4)
or a step of the bar (of 16) a habit * h^(g / 16) each; the rest is the stroke's own. Fitted by non-negative least
squares.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls  # type: ignore[import-untyped]

from engines.hand import Wander
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FARTHEST: Final = 64  # steps: what lies farther back tells nothing of the next stroke
STROKES: Final = 16  # so many strokes before are told; 32 tell as much
NEIGHBOURS: Final = 40  # strokes among whose pairs covariance is measured
PAIRS: Final = 20  # a distance seen less often says nothing
DRIFT_KEEPS: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)  # of a step; engines.hand remembers no slower drift
HABIT_STEP_KEEPS: Final = (0.98, 0.99, 0.995)  # of a step; a bar keeps the sixteenth power
LEAST: Final = 0.05  # share of variance that stays unexplained: no player repeats a stroke exactly
CHUNK: Final = 4096
NOTHING: Final = 1e9  # variance of what was not played: it weighs nothing


class Strokes(msgspec.Struct, frozen=True):
    """What one take left of the expected, by stroke: steps [N] rising, mean of its notes, and how many they are."""

    steps: Ints
    values: Floats
    counts: Ints

    @classmethod
    def of(cls, steps: Ints, values: Floats) -> "Strokes":
        """Put notes that begin together in one."""
        found, place, counts = np.unique(steps, return_inverse=True, return_counts=True)
        return cls(found, np.bincount(place, values, len(found)) / counts, counts)


def learn(notes: Sequence[tuple[Ints, Floats]]) -> Wander:
    """Return how the values of some takes (steps, values) wander."""
    strokes = [Strokes.of(*each) for each in notes]
    own = _within(notes, strokes)
    whole = float(np.mean(np.concatenate([each.values for each in strokes]) ** 2))
    alone = own * float(np.mean(1 / np.concatenate([each.counts for each in strokes])))
    (drift, beat, bar), drift_keeps, step_keeps = _fit(*_covariance(strokes))
    common = min(1.0, (1 - LEAST) * whole / max(1e-9, drift + beat + bar))
    drift, beat, bar = drift * common, beat * common, bar * common
    stroke = max(LEAST * whole, whole - drift - beat - bar - alone)
    every = drift + beat + bar + stroke + own
    drift, beat, bar, own = (round(part / every, 4) for part in (drift, beat, bar, own))
    return Wander(
        drift=drift,
        beat=beat,
        bar=bar,
        stroke=round(1 - drift - beat - bar - own, 4),
        note=own,
        drift_keeps=drift_keeps,
        habit_keeps=round(step_keeps**STEPS_PER_BAR, 4),
        spread=round(every**0.5, 3),
    )


def _within(notes: Sequence[tuple[Ints, Floats]], strokes: Sequence[Strokes]) -> float:
    """Return the variance of the notes of a chord about their stroke; 0 where every stroke is one note."""
    squares, free = 0.0, 0
    for (steps, values), each in zip(notes, strokes, strict=True):
        squares += float(((values - each.values[np.searchsorted(each.steps, steps)]) ** 2).sum())
        free += len(steps) - len(each.steps)
    return squares / free if free else 0.0


def _covariance(strokes: Sequence[Strokes]) -> tuple[Floats, Floats]:
    """Return the mean product of strokes 0..FARTHEST steps apart, and how often each distance was seen."""
    total, seen = np.zeros(FARTHEST + 1), np.zeros(FARTHEST + 1)
    for each in strokes:
        for other in range(1, NEIGHBOURS):
            apart = each.steps[other:] - each.steps[:-other]
            near = apart <= FARTHEST
            if not near.any():
                break
            np.add.at(total, apart[near], (each.values[other:] * each.values[:-other])[near])
            np.add.at(seen, apart[near], 1)
    return total / np.maximum(1, seen), seen


def _fit(covariance: Floats, seen: Floats) -> tuple[tuple[float, float, float], float, float]:
    """Return variances of drift and habits, and what a step keeps of them, that come nearest to the covariance."""
    apart = np.flatnonzero((seen > PAIRS) & (np.arange(FARTHEST + 1) > 0))
    weight = np.sqrt(seen[apart])
    best: tuple[float, tuple[float, float, float], float, float] | None = None
    for drift_keeps, step_keeps in product(DRIFT_KEEPS, HABIT_STEP_KEEPS):
        columns = np.stack(list(_kernels(apart, drift_keeps, step_keeps)), 1)
        parts, miss = nnls(columns * weight[:, None], covariance[apart] * weight)
        if best is None or miss < best[0]:
            best = float(miss), (float(parts[0]), float(parts[1]), float(parts[2])), drift_keeps, step_keeps
    assert best is not None
    return best[1:]


def _kernels(apart: Ints, drift_keeps: float, step_keeps: float) -> Iterator[Floats]:
    yield np.asarray(drift_keeps ** apart.astype(np.float64))
    for period in (STEPS_PER_BEAT, STEPS_PER_BAR):
        yield np.where(apart % period == 0, step_keeps ** apart.astype(np.float64), 0.0)


def expect(strokes: Strokes, wander: Wander) -> tuple[Floats, Floats]:
    """Return mean and variance [N] of what all notes of each stroke share, told the strokes before it; in own units."""
    found = [
        _chunk(strokes, wander, np.arange(at, min(len(strokes.steps), at + CHUNK)))
        for at in range(0, len(strokes.steps), CHUNK)
    ]
    means, variances = zip(*found, strict=True) if found else ((), ())
    return np.concatenate([*means, []]), np.concatenate([*variances, []])


def _chunk(strokes: Strokes, wander: Wander, at: Ints) -> tuple[Floats, Floats]:
    before = at[:, None] - np.arange(STROKES, 0, -1)
    steps, values, counts = (each[np.maximum(0, before)] for each in (strokes.steps, strokes.values, strokes.counts))
    now = strokes.steps[at]
    there = (before >= 0) & (now[:, None] - steps <= FARTHEST)
    noise = np.where(there, wander.stroke + wander.note / counts, NOTHING)
    among = _share(np.abs(steps[:, :, None] - steps[:, None, :]), wander) + noise[:, :, None] * np.eye(STROKES)
    link = np.where(there, _share(now[:, None] - steps, wander), 0.0)
    weights = np.linalg.solve(among, link[..., None])[..., 0]
    known = wander.drift + wander.beat + wander.bar
    mean = (weights * np.where(there, values, 0.0)).sum(1)
    return mean, (known - (weights * link).sum(1) + wander.stroke) * wander.spread**2


def _share(apart: Ints, wander: Wander) -> Floats:
    """Return the covariance of strokes so many steps apart, at most FARTHEST, in units of the whole variance."""
    kernels = _kernels(np.arange(FARTHEST + 1), wander.drift_keeps, wander.habit_keeps ** (1 / STEPS_PER_BAR))
    parts = (wander.drift, wander.beat, wander.bar)
    table = np.asarray(sum(part * kernel for part, kernel in zip(parts, kernels, strict=True)))
    return np.asarray(table[np.minimum(apart, FARTHEST)])
