"""Interpolated n-gram models after Witten & Bell 1991: the baseline every learned expert must beat."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

CACHE = 8  # how much a count in the running piece weighs

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
            for event in piece:
                self.add(event, past)
                past = (*past, event[1])[-(self.order - 1) :] if self.order > 1 else ()
        return self

    def add(self, event: Event, past: Sequence[int]) -> None:
        """Count one event after at most order - 1 earlier tokens."""
        side, token = event
        for length in range(min(self.order - 1, len(past)) + 1):
            seen = self.counts[length][side, tuple(past[len(past) - length :])]
            seen[token] = seen.get(token, 0) + 1

    def probabilities(
        self, side: Hashable, past: Sequence[int], cache: "WittenBell | None" = None, weight: int = CACHE
    ) -> NDArray[np.float64]:
        """Return the distribution over the vocabulary; counts of the cache (the running piece) weigh `weight`."""
        found = np.full(self.vocabulary, 1 / self.vocabulary)
        for length in range(min(self.order - 1, len(past)) + 1):
            history = side, tuple(past[len(past) - length :])
            seen = self.counts[length].get(history, {})
            if cache and (fresh := cache.counts[length].get(history)):
                seen = dict(seen)
                for token, count in fresh.items():
                    seen[token] = seen.get(token, 0) + weight * count
            if seen:
                total, kinds = sum(seen.values()), len(seen)
                found *= kinds / (total + kinds)
                for token, count in seen.items():
                    found[token] += count / (total + kinds)
        return found

    def follow(self, piece: Sequence[Event], *, cached: bool = False) -> NDArray[np.float64]:
        """Return the distribution before every event [T, vocabulary]; cached: the piece is learned from as it goes."""
        running = WittenBell(self.order, self.vocabulary) if cached else None
        tokens, found = [token for _, token in piece], []
        for step, event in enumerate(piece):
            past = tokens[max(0, step - self.order + 1) : step]
            found.append(self.probabilities(event[0], past, running))
            if running:
                running.add(event, past)
        return np.stack(found)

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
