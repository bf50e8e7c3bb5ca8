"""The form's baselines and figures: nats per section of held-out songs, n-grams of functions and lengths beside."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.codec import form as codec
from engines.codec.grid import FUNCTIONS
from training.export import log_softmax

Array = NDArray[np.float64]
Goals = Sequence[tuple[int, int]]  # of one song: function and length class per section, the end last
Contexts = list[Hashable]  # of one choice, from the widest to the closest

ORDERS: Final = [(functions, lengths) for functions in (3, 4, 5, 6) for lengths in (1, 2, 3)]
CACHES: Final = (0, 2, 8)  # what a count in the running song weighs beside one of the other songs
NONE: Final = -1


class WittenBell:
    """Chances of a choice after contexts from the widest to the closest (Witten & Bell 1991)."""

    def __init__(self, size: int) -> None:
        """Know nothing of `size` outcomes."""
        self.size = size
        self.counts: dict[Hashable, Counter[int]] = defaultdict(Counter)

    def learn(self, contexts: Contexts, outcome: int, times: int = 1) -> None:
        """Count an outcome."""
        for context in contexts:
            self.counts[context][outcome] += times

    def chances(self, contexts: Contexts, cache: "WittenBell | None" = None) -> Array:
        """Return P [size], with the counts of `cache` added."""
        found = np.full(self.size, 1 / self.size)
        for context in contexts:
            counts = self.counts.get(context, Counter()) + (
                cache.counts.get(context, Counter()) if cache else Counter()
            )
            if counts:
                total = counts.total() + len(counts)
                found *= len(counts) / total
                for outcome, times in counts.items():
                    found[outcome] += times / total
        return found


def function_contexts(past: Goals, order: int) -> Contexts:
    """Return the last 0, 1 .. order - 1 functions."""
    names = [codec.START] * order + [function for function, _ in past]
    return [tuple(names[len(names) - size :]) for size in range(order)]


def length_contexts(past: Goals, function: int, order: int) -> Contexts:
    """Return the function; with how long it was last; with the section before, as far as `order` goes."""
    own = next((length for name, length in reversed(past) if name == function), NONE)
    return [(function,), (function, own), (function, own, tuple(past[-1:]))][:order]


def ngram(train: Sequence[Goals], test: Sequence[Goals], orders: tuple[int, int], cache: int) -> list[Array]:
    """Return nats [sections, 2] (function, length) per song; the end has no length: 0."""
    functions, lengths = WittenBell(len(FUNCTIONS) + 1), WittenBell(len(codec.LENGTHS))
    for song in train:
        _walk(song, orders, functions.learn, lengths.learn)
    found = []
    for song in test:
        own = WittenBell(functions.size), WittenBell(lengths.size)
        rows: list[list[float]] = []

        def judge(contexts: Contexts, outcome: int, *, at: int, rows=rows, own=own) -> None:  # noqa: ANN001
            book = (functions, lengths)[at]
            nats = -np.log(book.chances(contexts, own[at] if cache else None)[outcome])
            if at == 0:
                rows.append([nats, 0.0])
            else:
                rows[-1][1] = nats
            own[at].learn(contexts, outcome, cache)

        _walk(
            song, orders, lambda contexts, outcome: judge(contexts, outcome, at=0),
            lambda contexts, outcome: judge(contexts, outcome, at=1),
        )  # fmt: skip
        found.append(np.array(rows))
    return found


def _walk(song: Goals, orders: tuple[int, int], functions: Callable[..., None], lengths: Callable[..., None]) -> None:
    """Tell every choice of a song with its contexts."""
    for place, (function, length) in enumerate(song):
        past = tuple(song[:place])
        functions(function_contexts(past, orders[0]), function)
        if function != codec.END:
            lengths(length_contexts(past, function, orders[1]), length)


def network(logits: NDArray[np.float32], test: Sequence[Goals]) -> list[Array]:
    """Return the network's nats [sections, 2] per song; logits [N, T, C] teacher-forced."""
    logs = [log_softmax(head) for head in np.split(logits, np.cumsum(codec.HEADS)[:-1], axis=-1)]
    return [
        np.array([
            [-logs[0][row, step, function], 0.0 if function == codec.END else -logs[1 + function][row, step, length]]
            for step, (function, length) in enumerate(song)
        ])
        for row, song in enumerate(test)
    ]  # fmt: skip


def figures(nats: Sequence[Array]) -> dict[str, float]:
    """Return nats per section, the end counted as one: in all, of the function, of the length."""
    whole = np.concatenate(list(nats))
    return {
        "nll": float(whole.sum(1).mean()), "function": float(whole[:, 0].mean()), "length": float(whole[:, 1].mean()),
    }  # fmt: skip


def gain(one: Sequence[Array], other: Sequence[Array], times: int = 2000) -> list[float]:
    """Return by how many nats per section `other` is worse than `one`, with a 95 % interval over the songs."""
    sums = np.array([[b.sum() - a.sum(), len(a)] for a, b in zip(one, other, strict=True)])
    dice = np.random.default_rng(0)
    drawn = [sums[dice.integers(len(sums), size=len(sums))].sum(0) for _ in range(times)]
    low, high = np.quantile([nats / count for nats, count in drawn], (0.025, 0.975))
    return [float(sums[:, 0].sum() / sums[:, 1].sum()), float(low), float(high)]


def best_ngram(train: Sequence[Goals], test: Sequence[Goals]) -> tuple[str, list[Array]]:
    """Return name and nats of the n-gram that is best on the test songs themselves: the strictest baseline."""
    found = {
        f"ngram{orders[0]}{orders[1]}_cache{cache}": ngram(train, test, orders, cache)
        for orders in ORDERS
        for cache in CACHES
    }
    return min(found.items(), key=lambda item: figures(item[1])["nll"])
