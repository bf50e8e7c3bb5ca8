"""Debt: an answer that a worker owes, and what it is worth."""

import asyncio

from engines.expert import ExpertError
from server.experts.messages import Chose, Failed, Followed, FromWorker, Wrote
from server.experts.seats import Answered, Seat


class Debt:
    """An answer that the worker owes: to whom, until when (loop time, s)."""

    def __init__(self, number: int, seat: Seat, due: float) -> None:
        """Owe it from now on."""
        self.number, self.seat, self.due = number, seat, due
        self.answer: asyncio.Future[FromWorker] = asyncio.get_running_loop().create_future()


def content(answer: FromWorker) -> Answered:
    """Return what was answered; raises ExpertError where that is an excuse."""
    match answer:
        case Wrote():
            return Answered(answer.bars, answer.ms)
        case Chose():
            return Answered(answer.chords, answer.ms)
        case Followed():
            return Answered(answer.visit, answer.ms)
        case Failed():
            raise ExpertError(answer.reason)
    raise ExpertError("unexpected answer")
