"""A pointer network over chord changes: what the GRU would write, mixed with what the song has already played."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engines.codec import harmony as codec
from engines.codec.harmony import POINTER, Change, Wish

if TYPE_CHECKING:
    from engines.neural.session import StepSession

Floats = NDArray[np.float64]


class PointerReader:
    """Steps through changes and mixes what the network writes with what its pointer finds in them."""

    def __init__(self, session: "StepSession") -> None:
        """Begin before anything was heard."""
        self.session, self.state = session, session.zero()
        self.keys: list[Floats] = []
        self.places: list[tuple[int, int]] = []
        self.key = np.zeros(POINTER)

    def read(self, past: Sequence[Change], onset: float, wish: Wish) -> Floats:
        """Return P(chord, duration) [CHORDS, durations] of the change at `onset`."""
        tokens, features = codec.seen(past, onset, wish)
        logits, self.state = self.session.step(
            np.array([tokens], np.int64), np.array([features], np.float32), self.state
        )
        chord, duration, query, self.key, gate = split(logits[0])
        written = softmax(chord)[:, None] * softmax(duration)[None, :]
        if not self.keys:
            return written
        share = softmax(np.stack(self.keys) @ query / math.sqrt(POINTER))
        found = np.zeros_like(written)
        np.add.at(found, tuple(np.array(self.places).T), share)
        write = 1 / (1 + math.exp(-float(gate[0])))
        return write * written + (1 - write) * found

    def follow(self, change: Change) -> None:
        """Remember which change followed the step just read."""
        self.keys.append(self.key)
        self.places.append((change.token, codec.duration_class(change.beats)))


def split(logits: NDArray[np.float32]) -> list[Floats]:
    """Return the five heads of a row of logits."""
    return [part.astype(np.float64) for part in np.split(logits, np.cumsum(codec.HEADS)[:-1])]


def softmax(values: Floats) -> Floats:
    """Return probabilities."""
    shifted = np.exp(values - values.max())
    return np.asarray(shifted / shifted.sum(), np.float64)
