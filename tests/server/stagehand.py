"""A whole performance in virtual time: inline experts with a declared cost, a player that writes down."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self

from msgspec.structs import replace

from engines.composer import Answer, Question
from engines.control.command import Lexicon
from engines.control.desk import Desk
from engines.control.state import Control
from engines.expert import ExpertError
from engines.genre import Genre
from engines.units import TICKS_PER_BAR, VOICES
from server.band import Band
from server.chairs import RULES
from server.config import load
from server.experts.seats import Answered, BusyError, LateError, Seat
from server.front import Front
from server.headroom import Headroom
from server.journal import Journal
from server.performance import Performance
from server.player.messages import Load, ToPlayer
from server.rests import Rests
from server.stage import Event
from server.transport import Transport
from tests.engines.band import GENRES, HARMONY, answer
from tests.engines.band import RULES as RULE_BAND
from tests.engines.band import control as a_control
from tests.server.virtual import passing

LEARNED = "learned"


class InlineExperts:
    """Plays `learned` for any voice as the rules would, after `cost` virtual seconds; `trouble` may raise."""

    def __init__(self) -> None:
        self.cost = 0.004
        self.trouble: Callable[[Question], None] = lambda _request: None
        self.answer: Callable[[Question], Answer] = answer
        self.ready_seats: set[Seat] = {Seat(LEARNED)}
        self.asked = 0
        self.busy_until = 0.0

    def summon(self, seat: Seat) -> None:
        pass

    def ready(self, seat: Seat) -> bool:
        return seat in self.ready_seats

    def version(self, seat: Seat) -> str:
        return "v1"

    async def ask(self, seat: Seat, request: Question, within: float) -> Answered:
        loop = asyncio.get_running_loop()
        if within <= 0:
            raise BusyError("no time left")
        if loop.time() < self.busy_until:
            raise LateError("busy")
        self.asked += 1
        cost = self.cost
        self.busy_until = loop.time() + cost
        try:
            async with asyncio.timeout(within):
                await asyncio.get_running_loop().create_future() if cost > 60 else await passing(cost)
        except TimeoutError:
            raise LateError("late") from None
        self.trouble(request)
        return Answered(self.answer(request), cost * 1000)


SHIPPED = replace(load().band, lineup={voice: [LEARNED] for voice in (*VOICES, "harmony")})


class Notes:
    """The player as the performance sees it: keeps the messages with the time they came."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.messages: list[tuple[float, ToPlayer]] = []

    def send(self, message: ToPlayer) -> bool:
        self.messages.append((self.now(), message))
        return True

    def of(self, kind: type) -> list:
        return [message for _, message in self.messages if isinstance(message, kind)]

    def loads(self) -> dict[int, Load]:
        return {load.bar: load for load in self.of(Load)}


class Stagehand:
    """Call inside a virtual loop; `async with` runs the performance."""

    def __init__(
        self,
        journal: Journal | None = None,
        lineup: dict[str, list[str]] | None = None,
        control: Control | None = None,
        genres: dict[str, Genre] = GENRES,
        **wishes: object,
    ) -> None:
        now = asyncio.get_running_loop().time
        control = control or replace(a_control(**wishes), chairs=a_control().chairs)
        self.experts = InlineExperts()
        self.player = Notes(now)
        self.events: list[tuple[float, Event]] = []
        self.front = Front(Desk(control), self.lexicon)
        self.front.listen(lambda event: self.events.append((now(), event)))
        self.transport = Transport(now, lambda timeline: None)
        self.headroom = Headroom(SHIPPED)
        self.band = Band(
            self.experts,
            rules=RULE_BAND,
            harmony=HARMONY,
            lineup=SHIPPED.lineup if lineup is None else lineup,
            rests=Rests(SHIPPED.rest_after, SHIPPED.probe_bars),
            now=now,
        )
        self.performance = Performance(
            front=self.front,
            band=self.band,
            transport=self.transport,
            player=self.player,
            genres=genres,
            headroom=self.headroom,
            journal=journal or Journal(None),
        )

    def lexicon(self) -> Lexicon:
        return Lexicon(
            sections=tuple(GENRES[self.front.desk.wish.genre].sections),
            genres=tuple(GENRES),
            experts={voice: {RULES: (), LEARNED: ("v1",)} for voice in VOICES},
            scenes=tuple(self.front.desk.scenes),
        )

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.performance.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.transport.close()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def say(self, address: str, *args: object) -> None:
        rejected = self.front.receive(address, args)
        assert rejected is None, rejected

    async def bar(self, number: float) -> None:
        """Wait until so many bars have sounded."""
        await self.transport.wait_until(number * TICKS_PER_BAR)

    async def seconds(self, count: float) -> None:
        """Let virtual time pass."""
        await passing(count)

    def told(self, address: str) -> list[tuple]:
        return [event.args for _, event in self.events if event.address == address]


def error(message: str) -> Callable[[Question], None]:
    def raise_it(_request: Question) -> None:
        raise ExpertError(message)

    return raise_it
