"""Seats: where the band finds its experts, whichever process runs them, and how they fail."""

from typing import Protocol

import msgspec

from engines.composer import Answer, Question
from engines.expert import ExpertError


class Seat(msgspec.Struct, frozen=True):
    """An expert in the line-up; version "" = the one in use."""

    name: str
    version: str = ""


class LateError(ExpertError):
    """The answer did not come before the deadline."""


class BusyError(LateError):
    """The answer could not come in time because others took the time or the worker: not this expert's fault."""


class Answered(msgspec.Struct, frozen=True):
    """An answer and the milliseconds the expert took."""

    content: Answer
    ms: float


class Experts(Protocol):
    """Where the band finds its experts; tests give it inline ones with a declared cost."""

    def summon(self, seat: Seat) -> None:
        """Have an expert made ready; `ready` tells when it is."""

    def ready(self, seat: Seat) -> bool:
        """Whether an expert can be asked."""

    def version(self, seat: Seat) -> str:
        """Return the version actually loaded, or ""."""

    async def ask(self, seat: Seat, request: Question, within: float) -> Answered:
        """Return the answer; raise LateError after `within` seconds, ExpertError when it fails."""
