"""Rehearsal: answers that are known before they are needed."""

import msgspec
from msgspec.structs import replace

from engines.composer import Ask, Question
from server.experts.seats import Answered, Seat


class _Known(msgspec.Struct, frozen=True):
    seat: Seat
    request: Question
    answered: Answered


class Rehearsal:
    """Remembers what was answered. Law: experts are stateless, so the same request gives the same notes."""

    def __init__(self) -> None:
        """Know nothing."""
        self._known: list[_Known] = []

    def clear(self) -> None:
        """Forget the last bar."""
        self._known.clear()

    def remember(self, seat: Seat, ask: Ask, answered: Answered) -> None:
        """Keep an answer until the next rehearsal."""
        self._known.append(_Known(seat, _timeless(ask), answered))

    def known(self, seat: Seat, ask: Ask) -> Answered | None:
        """Return what this expert has answered to the same question."""
        request = _timeless(ask)
        return next((known.answered for known in self._known if known.seat == seat and known.request == request), None)


def _timeless(ask: Ask) -> Question:
    """Return the request without its budget, which changes no notes."""
    return replace(ask.request, budget_ms=0.0)
