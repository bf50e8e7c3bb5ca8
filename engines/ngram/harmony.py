"""The counted harmony: an n-gram of chord changes with a cache of the song; the tier behind the learned one."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import harmony as codec
from engines.codec.harmony import NO_DURATION, Change, Wish
from engines.neural.chooser import ChordChooser, self_test
from engines.ngram.table import ORDER, Table
from engines.units import BEATS_PER_BAR

__all__ = ["FINGERPRINT", "SESSION", "CountingReader", "build", "self_test"]

FINGERPRINT: Final = codec.FINGERPRINT
SESSION: Final = Table


class CountingReader:
    """Asks the table, and counts what the song itself plays."""

    def __init__(self, table: Table, weight: float) -> None:
        """Begin before anything was heard; weight: of a count in the running song."""
        self._table, self._weight = table, weight
        self._past: list[int] = []
        self._last = NO_DURATION
        self._running: dict[tuple[int, ...], dict[int, int]] = {}

    def read(self, past: Sequence[Change], onset: float, wish: Wish) -> NDArray[np.float64]:
        """Return P(chord, duration) of the change at `onset`; wishes are the chooser's to weigh."""
        del past, wish
        chords = self._table.chords(self._past, self._running, self._weight)
        return np.asarray(chords[:, None] * self._table.lengths(self._last, round(onset) % BEATS_PER_BAR)[None, :])

    def follow(self, change: Change) -> None:
        """Count the change that followed."""
        for size in range(min(ORDER - 1, len(self._past)) + 1):
            seen = self._running.setdefault(tuple(self._past[len(self._past) - size :]), {})
            seen[change.token] = seen.get(change.token, 0) + 1
        self._past = [*self._past, change.token][-(ORDER - 1) :]
        self._last = codec.duration_class(change.beats)


def build(card: Card, table: Table) -> ChordChooser:
    """Return the expert of a verified card."""
    return ChordChooser(card, lambda: CountingReader(table, card.decoding["cache"]))
