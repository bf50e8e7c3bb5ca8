"""What runs a midi-model: rows of events are read once into keys and values, the next row is written token by token.

A Past is a value: reading on from it never changes it. Layout of both calls as in the publisher's own loop
(`generate` of app_onnx.py): batch 1, the state goes to the token graph with its first token only.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.shelf import LibraryError
from engines.skytnt.graphs import Sizes, cache_names
from engines.skytnt.tokens import FIRST_ROW, Row, Tokens

Floats = NDArray[np.float32]
PARITY: Final = 1e-3
"""Greatest difference, as a share of the largest number, between reading rows at once and one by one: fp32 rounding
stays a thousand times below it, a graph whose cache forgets lies far above."""


class Past(msgspec.Struct, frozen=True):
    """What was read: keys and values [1, heads, rows, width] per layer, the state [1, 1, breadth] after the last."""

    parts: tuple[Floats, ...]
    hidden: Floats
    rows: int


class Model:
    """Two graphs that belong together; stateless."""

    def __init__(self, base: Any, token: Any, sizes: tuple[Sizes, Sizes], tokens: Tokens) -> None:
        """Take checked graphs; raises LibraryError where the caches do not remember what they should."""
        self.tokens = tokens
        self._base, self._token, self._sizes = base, token, sizes
        self._names = [(cache_names(s.layers, "past_key_values"), cache_names(s.layers, "present")) for s in sizes]
        _prove(self)

    def nothing(self) -> Past:
        """Return the past before anything was read."""
        return Past(_empty(self._sizes[0]), np.zeros((1, 0, self._sizes[0].breadth), np.float32), 0)

    def read(self, rows: Sequence[Row], past: Past) -> Past:
        """Return the past after some more rows."""
        if not rows:
            return past
        taken, given = self._names[0]
        x = np.array(rows, np.int64)[None]
        hidden, *parts = self._base.run(("hidden", *given), {"x": x, **dict(zip(taken, past.parts, strict=True))})
        return Past(tuple(parts), hidden[:, -1:], past.rows + len(rows))

    def writer(self, past: Past) -> "Writer":
        """Return what writes the row after a past; it must have read one row at least."""
        return Writer(self, past)

    def answer(
        self, hidden: Floats, fed: Sequence[int], parts: tuple[Floats, ...]
    ) -> tuple[Floats, tuple[Floats, ...]]:
        """Run the token graph on a state (or none) and the tokens after it: logits [vocabulary], keys and values."""
        taken, given = self._names[1]
        told = {"hidden": hidden, "x": np.array([fed], np.int64).reshape(1, -1), **dict(zip(taken, parts, strict=True))}
        y, *after = self._token.run(("y", *given), told)
        return y[0, -1], tuple(after)

    def fresh(self) -> tuple[Floats, ...]:
        """Return the keys and values of a row not begun."""
        return _empty(self._sizes[1])


class Writer:
    """One row being written: feed the tokens that are settled, ask for the logits of the next."""

    def __init__(self, model: Model, past: Past) -> None:
        """Begin the row after a past."""
        self._model, self._hidden, self._parts = model, past.hidden, model.fresh()
        self._waiting: list[int] = []

    def feed(self, token: int) -> None:
        """Settle the next token."""
        self._waiting.append(token)

    def logits(self) -> Floats:
        """Return the logits [vocabulary] of the token after all that were fed; feed one before asking again."""
        found, self._parts = self._model.answer(self._hidden, self._waiting, self._parts)
        self._hidden, self._waiting = self._hidden[:, :0], []
        return found


def _empty(sizes: Sizes) -> tuple[Floats, ...]:
    return tuple(np.zeros((1, sizes.heads, 0, sizes.width), np.float32) for _ in range(2 * sizes.layers))


def _prove(model: Model) -> None:
    """Raise LibraryError unless rows read at once and one by one, and tokens likewise, give the same numbers."""
    rows = (FIRST_ROW, *[tuple(model.tokens.kinds.values())[:1] * len(FIRST_ROW)] * 2)
    at_once = model.read(rows, model.nothing())
    stepwise = model.nothing()
    for row in rows:
        stepwise = model.read([row], stepwise)
    answers: list[Floats] = []
    for asked in (False, True):
        writer = model.writer(at_once)
        for token in rows[0][:2]:
            if asked:
                writer.logits()
            writer.feed(token)
        answers.append(writer.logits())
    if answers[0].shape != (model.tokens.size,):
        raise LibraryError(f"the token graph gives {answers[0].shape} logits, not {model.tokens.size}")
    for name, one, other in (("base", at_once.hidden, stepwise.hidden), ("token", answers[0], answers[1])):
        if not np.isfinite(one).all() or np.abs(one - other).max() > PARITY * max(1.0, float(np.abs(one).max())):
            raise LibraryError(f"the cache of the {name} graph does not remember what it was given")
