"""What a tune's own past and the other tunes say about the next step: the longest matches, as a copy mechanism.

Only steps before the one that is predicted are read. A match must stand at the same place in the bar. The idea of
predicting from the longest match is PPM's (Cleary & Witten 1984).
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.units import STEPS_PER_BAR

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

BARS = 64  # how far back a tune is looked through
BUCKETS = (1, 2, 3, 5, 9, 17, 33, 65)  # lengths of matches in steps from which each class counts
DEPTHS = (64, 32, 24, 16, 12, 8)  # lengths of history that are looked up in other tunes
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Guess(msgspec.Struct, frozen=True):
    """Two guesses a step.

    tokens int64 [T, 2], `none` where there is none; class of each one's match int64 [T, 2]; its share of all the
    evidence float32 [T, 2].
    """

    tokens: Ints
    classes: Ints
    shares: Floats


def own(tokens: Ints, none: int) -> Guess:
    """Return what follows the longest match and the longest that says otherwise, in the tune's own past."""
    size = len(tokens)
    lags = np.arange(1, min(BARS, (size - 1) // STEPS_PER_BAR) + 1) * STEPS_PER_BAR
    says, runs = np.full((len(lags), size), none), np.full((len(lags), size), -1)
    for row, lag in enumerate(lags):
        says[row, lag:] = tokens[:-lag]
        runs[row, lag:] = _runs(tokens[lag:] == tokens[:-lag])
    return _two_best(says, runs, none)


def _runs(equal: NDArray[np.bool_]) -> Ints:
    """Return for each step how many steps right before it were equal."""
    steps = np.arange(len(equal))
    last = np.maximum.accumulate(np.where(equal, -1, steps))
    return steps - np.concatenate([[0], last[:-1] + 1])


def _two_best(says: Ints, runs: Ints, none: int) -> Guess:
    size = says.shape[1]
    tokens, classes, shares = np.full((size, 2), none), np.zeros((size, 2), np.int64), np.zeros((size, 2), np.float32)
    if not len(says):
        return Guess(tokens, classes, shares)
    weight = np.where(runs >= 0, (runs + 0.5) ** 2, 0.0)
    total = weight.sum(0) + 1e-9
    left = runs.copy()
    for place in range(2):
        best = left.argmax(0)
        length = left[best, np.arange(size)]
        word = np.where(length >= 0, says[best, np.arange(size)], none)
        tokens[:, place], classes[:, place] = word, np.digitize(length, BUCKETS)
        same = (says == word) & (runs >= 0)
        shares[:, place] = (weight * same).sum(0) / total
        left = np.where(same, -1, left)
    return Guess(tokens, classes, shares)


class Library:
    """What followed every history of DEPTHS steps in many tunes; a tune that is in it never answers itself."""

    def __init__(self, tunes: Iterable[Ints]) -> None:
        """Index the tunes."""
        self.counts: list[dict[int, dict[int, int]]] = [defaultdict(dict) for _ in DEPTHS]
        for tune in tunes:
            self._count(self.counts, tune)

    def _count(self, counts: list[dict[int, dict[int, int]]], tune: Ints) -> None:
        words = tune.tolist()
        for level, depth in enumerate(DEPTHS):
            for step, key in enumerate(histories(tune, depth), start=depth):
                seen = counts[level][key]
                seen[words[step]] = seen.get(words[step], 0) + 1

    def ask(self, tune: Ints, none: int, *, inside: bool) -> Guess:
        """Return the two commonest successors of the longest known history; inside: the tune is indexed itself."""
        mine: list[dict[int, dict[int, int]]] = [defaultdict(dict) for _ in DEPTHS]
        if inside:
            self._count(mine, tune)
        size = len(tune)
        tokens, classes = np.full((size, 2), none), np.zeros((size, 2), np.int64)
        shares = np.zeros((size, 2), np.float32)
        for level in range(len(DEPTHS) - 1, -1, -1):  # the longest is written last
            for step, key in enumerate(histories(tune, DEPTHS[level]), start=DEPTHS[level]):
                ours = mine[level].get(key, {})
                seen = {word: count - ours.get(word, 0) for word, count in self.counts[level].get(key, {}).items()}
                ranked = sorted((word for word, count in seen.items() if count), key=lambda word: (-seen[word], word))
                if not ranked:
                    continue
                total = sum(seen.values())
                for place in range(2):
                    there = place < len(ranked)
                    tokens[step, place] = ranked[place] if there else none
                    classes[step, place] = len(DEPTHS) - level
                    shares[step, place] = seen[ranked[place]] / total if there else 0
        return Guess(tokens, classes, shares)


def histories(tune: Ints, depth: int) -> list[int]:
    """Return a number for the `depth` tokens before each step from `depth` on, and the step's place in the bar."""
    if len(tune) <= depth:
        return []
    found = np.zeros(len(tune) - depth, np.uint64)
    for back in range(depth):
        found = found * MULTIPLIER + (tune[back : back + len(found)] + 1).astype(np.uint64)
    places = np.arange(depth, len(tune)) % STEPS_PER_BAR
    return [int(key) for key in found * np.uint64(STEPS_PER_BAR + 1) + places.astype(np.uint64)]
