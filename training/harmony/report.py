"""The harmony's report card: the benchmark of the project's research notes, section 1.3.

One token per chord change (root above the relative major x six triad classes), 90 held-out songs of POP909-CL; the
chord before cannot return and the rest is renormalised. Baselines: Witten-Bell n-grams with a cache of the song.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engines.codec.harmony import CHORDS, FUNCTIONS, HEADS, POINTER, QUALITIES, TRIAD, function_of
from training.harmony.data import changes

Array = NDArray[np.float64]
TRIADS = 72
START = 72
FUNCTION = np.array([function_of(token) for token in range(CHORDS)])
TRIAD_OF = np.array([token // len(QUALITIES) * 6 + TRIAD[token % len(QUALITIES)] for token in range(CHORDS)])
CACHE = 8  # how much a count in the running song weighs


class Score:
    """Collects nats, top-1 and top-3 over change events."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.nats, self.first, self.third, self.count = 0.0, 0, 0, 0

    def add(self, chances: Array, previous: int, truth: int) -> None:
        """Score one event: chances [>= 72], the previous triad impossible (START = none)."""
        possible = chances.copy()
        if previous != START:
            possible[previous] = 0
        possible /= possible.sum()
        best = np.argsort(-possible, kind="stable")[:3]
        self.nats -= math.log(possible[truth])
        self.first += int(best[0] == truth)
        self.third += int(truth in best)
        self.count += 1

    def figures(self, name: str = "") -> dict[str, float]:
        """Return the means, under `name.`."""
        each = zip(("nll", "top1", "top3"), (self.nats, self.first, self.third), strict=True)
        return {f"{name}.{kind}" if name else kind: value / self.count for kind, value in each}


def score_network(logits: NDArray[np.float32], songs: Sequence[NDArray[np.int64]]) -> dict[str, float]:
    """Return the network's figures; logits [N, T, C] teacher-forced, songs: targets [T, 2] each.

    function: share of changes whose function (tonic, subdominant, dominant, foreign) is guessed first.
    """
    score, guessed = Score(), 0
    for row, targets in zip(logits, songs, strict=True):
        chances = mixture(row[: len(targets)], targets)
        triads = TRIAD_OF[targets[:, 0]]
        for place, truth in enumerate(triads):
            previous = triads[place - 1] if place else START
            if truth != previous:
                summed = np.bincount(TRIAD_OF, chances[place], minlength=TRIADS)
                score.add(summed, int(previous), int(truth))
                possible = chances[place] * (previous != TRIAD_OF)
                roles = np.bincount(FUNCTION, possible, minlength=len(FUNCTIONS))
                guessed += int(roles.argmax() == FUNCTION[targets[place, 0]])
    return {**score.figures(), "function": guessed / score.count, "events": float(score.count)}


def mixture(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> Array:
    """Return P(chord) [T, CHORDS] of one song: what is written, and what the pointer finds in the song's own past."""
    chord, _, query, key, gate = np.split(logits.astype(np.float64), np.cumsum(HEADS)[:-1], axis=-1)
    written = np.exp(chord - chord.max(-1, keepdims=True))
    written /= written.sum(-1, keepdims=True)
    found = np.zeros_like(written)
    found[0] = written[0]
    for step in range(1, len(logits)):
        match = key[:step] @ query[step] / math.sqrt(POINTER)
        share = np.exp(match - match.max())
        share /= share.sum()
        np.add.at(found[step], targets[:step, 0], share)
    write = 1 / (1 + np.exp(-gate))
    return np.asarray(write * written + (1 - write) * found)


def score_ngram(train: Sequence[Sequence[int]], test: Sequence[Sequence[int]], order: int, cache: int) -> Score:
    """Score a Witten-Bell n-gram of chord tokens, its counts joined by `cache` times those of the running song."""
    learned: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for song in train:
        _count(learned, [START] * order + changes(song), order)
    score = Score()
    for song in test:
        running: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        tokens = [START] * order + changes(song)
        for place in range(order, len(tokens)):
            chances = np.full(TRIADS + 1, 1 / (TRIADS + 1))
            for length in range(order):
                past = tuple(tokens[place - length : place])
                counts = Counter(learned.get(past, {}))
                for token, times in running.get(past, {}).items():
                    counts[token] += cache * times
                total = sum(counts.values())
                if total:
                    chances *= len(counts) / (total + len(counts))
                    for token, times in counts.items():
                        chances[token] += times / (total + len(counts))
            score.add(chances, tokens[place - 1], tokens[place])
            if cache:
                _count(running, tokens[: place + 1], order, place)
    return score


def _count(counts: dict[tuple[int, ...], Counter[int]], tokens: Sequence[int], order: int, start: int = 0) -> None:
    for place in range(max(start, order), len(tokens)):
        for length in range(order):
            counts[tuple(tokens[place - length : place])][tokens[place]] += 1


def baselines(train: Sequence[Sequence[int]], test: Sequence[Sequence[int]]) -> dict[str, float]:
    """Return the figures of the trigram and of two cached n-grams, trained on the other songs of POP909-CL."""
    return {
        **score_ngram(train, test, 3, 0).figures("harmony.trigram"),
        **score_ngram(train, test, 4, CACHE).figures("harmony.ngram4_cache"),
        **score_ngram(train, test, 6, CACHE).figures("harmony.ngram6_cache"),
    }
