"""Interpolated n-gram models after Witten & Bell 1991: the baseline every learned expert must beat."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Event = tuple[Hashable, int]
"""(side context, token): the side context (a position in the bar, say) joins every history."""


class WittenBell:
    """P(token | side, last n-1 tokens), backed off to shorter histories, at last to the uniform."""

    def __init__(self, order: int, vocabulary: int) -> None:
        """Make an empty model; order n >= 1."""
        self.order, self.vocabulary = order, vocabulary
        self.counts: list[dict[Hashable, dict[int, int]]] = [defaultdict(dict) for _ in range(order)]

    def learn(self, pieces: Iterable[Sequence[Event]]) -> "WittenBell":
        """Count every event of every piece under its histories of all lengths."""
        for piece in pieces:
            past: tuple[int, ...] = ()
            for side, token in piece:
                for length in range(min(self.order - 1, len(past)) + 1):
                    seen = self.counts[length][side, past[len(past) - length :]]
                    seen[token] = seen.get(token, 0) + 1
                past = (*past, token)[-(self.order - 1) :] if self.order > 1 else ()
        return self

    def probabilities(self, side: Hashable, past: Sequence[int]) -> NDArray[np.float64]:
        """Return the distribution over the vocabulary."""
        found = np.full(self.vocabulary, 1 / self.vocabulary)
        for length in range(min(self.order - 1, len(past)) + 1):
            seen = self.counts[length].get((side, tuple(past[len(past) - length :])))
            if seen:
                total, kinds = sum(seen.values()), len(seen)
                found *= kinds / (total + kinds)
                for token, count in seen.items():
                    found[token] += count / (total + kinds)
        return found

    def score(self, pieces: Iterable[Sequence[Event]]) -> tuple[float, float]:
        """Return (mean nats per event, top-1 accuracy) over the pieces."""
        nats, right, events = 0.0, 0, 0
        for piece in pieces:
            past: list[int] = []
            for side, token in piece:
                found = self.probabilities(side, past[-(self.order - 1) :] if self.order > 1 else [])
                nats -= math.log(found[token])
                right += int(found.argmax()) == token
                events += 1
                past.append(token)
        return nats / max(1, events), right / max(1, events)
