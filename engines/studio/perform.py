"""Perform: a piece is played from its first bar to its last: the live performance without a clock.

The same conductor steers the same control, and the same composer asks the same chairs, bar after bar.
"""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from engines import conductor
from engines.composer import Answer, Ask, Composed, Composition, Score, compose
from engines.genre import Genre
from engines.note import Bar
from engines.plan import Plan
from engines.studio.cast import Player
from engines.studio.order import Order
from engines.units import TICKS_PER_BAR


class Written(msgspec.Struct, frozen=True):
    """One bar of a piece. bars: as the experts wrote them; wire: as they sound; players: by chair."""

    plan: Plan
    bars: dict[str, Bar]
    wire: dict[str, Bar]
    players: dict[str, Player]


class Players(Protocol):
    """Who answers the composer's questions."""

    def answer(self, ask: Ask) -> Answer:
        """Answer a question of the running bar."""

    def take(self) -> dict[str, Player]:
        """Return who has played the bar, by chair; the next one begins."""


def perform(order: Order, genre: Genre, players: Players) -> Iterator[Written]:
    """Yield the bars of an order."""
    score, control = Score(), order.control
    for bar in range(order.bars):
        control = conductor.steer(control, score.cursor, genre, bar * TICKS_PER_BAR)
        composed = _written(compose(score, control, genre, order.bpm), players)
        score = composed.score
        yield Written(composed.plan, composed.bars, composed.wire, players.take())


def _written(composition: Composition, players: Players) -> Composed:
    try:
        ask = next(composition)
        while True:
            ask = composition.send(players.answer(ask))
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
