"""The band: who plays each chair, by when, and who steps in. The one place for deadlines and fallback.

expert -> next in the chain -> understudy, all from the same request. Late, raising, illegal, or its worker
still busy: never queue behind a late bar. Three misses in a row rest an expert; a probe or a swap brings it
back. What another expert of the same worker delays is no miss of this one.
"""

import contextlib
from collections import Counter, deque
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from engines.composer import Answer, Ask, Composed, Composition, Question
from engines.control.state import Control
from engines.ensemble import ENDING, RULES, understudy
from engines.expert import Expert, ExpertError, HarmonyExpert
from engines.legal import legal
from engines.units import VOICES
from server.chairs import Chairs
from server.experts.seats import Answered, BusyError, Experts, LateError, Seat
from server.rehearsal import Rehearsal
from server.rests import Rests

LOADING = "is being loaded"


class Player(msgspec.Struct, frozen=True):
    """Who played a chair in one bar. ms: what it took; reason: why not its first choice, else "".

    saved_ms: what of it was spent before the decision, in a rehearsal.
    """

    expert: str
    version: str
    ms: float
    reason: str = ""
    saved_ms: float = 0.0


class Played(msgspec.Struct, frozen=True):
    """One bar and who played it; ms: generation of the whole bar, what was rehearsed included."""

    composed: Composed
    players: dict[str, Player]
    ms: float


class Band:
    """Answers the composer's questions with the best player that is in time."""

    def __init__(
        self,
        experts: Experts,
        *,
        rules: Expert,
        harmony: HarmonyExpert,
        lineup: dict[str, list[str]],
        rests: Rests,
        now: Callable[[], float],
    ) -> None:
        """Have the line-up made ready; the understudies `rules` and `harmony` are always there."""
        self._experts = experts
        self._rules = rules
        self._harmony = harmony
        self._rests = rests
        self._chairs = Chairs(lineup, experts.ready, rests.back)  # a swap gives an expert that rested another try
        self._now = now
        self._playing = 0
        self._rehearsal = Rehearsal()
        self.understudied: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.generation_ms: deque[float] = deque(maxlen=512)
        for seat in self._chairs.lined_up:
            experts.summon(seat)

    @property
    def complete(self) -> bool:
        """Whether every first choice of the line-up is ready."""
        return self._chairs.complete

    def summon(self, control: Control) -> None:
        """Have every expert that the control asks for made ready."""
        for voice in VOICES:
            chair = control.chairs[voice]
            if chair.expert and chair.expert != RULES:
                self._experts.summon(Seat(chair.expert, chair.version))

    async def play(self, composition: Composition, control: Control, deadline: float) -> Played:
        """Have a bar written until `deadline` (monotonic s); always returns, at most a few ms after it."""
        began = self._now()
        players: dict[str, Player] = {}
        answer: Answer | None = None
        self._playing += 1
        try:
            while True:
                ask = composition.send(answer) if answer is not None else next(composition)
                answer, players[ask.chair] = await self._answer(ask, control, deadline)
        except StopIteration as done:
            ms = (self._now() - began) * 1000.0 + sum(player.saved_ms for player in players.values())
            self.generation_ms.append(ms)
            return Played(done.value, players, ms)
        finally:
            self._playing -= 1

    async def rehearse(self, composition: Composition, control: Control, deadline: float) -> None:
        """Have a bar written that is not needed yet: what the experts answer is remembered until the next rehearsal.

        A stall of the machine then costs nothing, unless a wish comes meanwhile and the request is another one.
        A bar that is needed takes precedence.
        """
        self._rehearsal.clear()
        answer: Answer | None = None
        with contextlib.suppress(StopIteration, LateError):
            while not self._playing:
                ask = composition.send(answer) if answer is not None else next(composition)
                answer = await self._rehearse(ask, control, deadline)

    async def _rehearse(self, ask: Ask, control: Control, deadline: float) -> Answer:
        for seat in self._seats(ask, control):
            if self._experts.ready(seat) and not self._rests.resting(seat):
                try:
                    answered = await self._asked(seat, ask, deadline - self._now())
                except LateError:
                    raise
                except ExpertError:
                    continue
                self._rehearsal.remember(seat, ask, answered)
                return answered.content
        return self._understudy(ask, "")[0]

    def understudies(self, composition: Composition) -> Played:
        """Have a bar written by the understudies, at once."""
        players: dict[str, Player] = {}
        began = self._now()
        answer: Answer | None = None
        try:
            while True:
                ask = composition.send(answer) if answer is not None else next(composition)
                answer, players[ask.chair] = self._understudy(ask, "no time for an expert")
                self.understudied[ask.chair] += 1
        except StopIteration as done:
            return Played(done.value, players, (self._now() - began) * 1000.0)

    async def _answer(self, ask: Ask, control: Control, deadline: float) -> tuple[Answer, Player]:
        reason = ENDING if ask.closing else ""
        for seat in self._seats(ask, control):
            if not self._experts.ready(seat):
                reason = reason or f"{seat.name} {LOADING}"
                continue
            if self._rests.resting(seat):
                reason = reason or f"{seat.name} rests after {self._rests.after} misses"
                continue
            known = self._rehearsal.known(seat, ask)
            if known is not None:
                self._rests.back(seat)
                version = self._experts.version(seat)
                return known.content, Player(seat.name, version, known.ms, reason, known.ms)
            left = deadline - self._now()
            try:
                answered = await self._asked(seat, replace(ask, request=_within(ask.request, left)), left)
            except ExpertError as error:
                self._missed(ask, seat, error)
                reason = reason or f"{seat.name}: {error}"
            else:
                self._rests.back(seat)
                return answered.content, Player(seat.name, self._experts.version(seat), answered.ms, reason)
        if reason and not ask.closing and not reason.endswith(LOADING):
            self.understudied[ask.chair] += 1
        return self._understudy(ask, reason)

    def _seats(self, ask: Ask, control: Control) -> Sequence[Seat]:
        """Return who is asked, in turn; nobody for the last bar of the music, which the rules write."""
        return () if ask.closing else self._chairs.take(ask.chair, control)

    async def _asked(self, seat: Seat, ask: Ask, within: float) -> Answered:
        """Return a legal answer within so many seconds, or raise ExpertError."""
        answered = await self._experts.ask(seat, ask.request, within)
        return replace(answered, content=legal(ask, answered.content))

    def _understudy(self, ask: Ask, reason: str) -> tuple[Answer, Player]:
        began = self._now()
        content = understudy(ask, self._rules, self._harmony)
        return content, Player(RULES, self._rules.version, (self._now() - began) * 1000.0, reason)

    def _missed(self, ask: Ask, seat: Seat, error: ExpertError) -> None:
        if not isinstance(error, BusyError):
            self._rests.missed(seat, ask)
        if isinstance(error, LateError):
            self.late[ask.chair] += 1

    async def probe(self, within: float) -> None:
        """Once a bar, give resting experts a try that nobody hears; one that answers `within` so many s is back."""
        for seat, ask in self._rests.due([seat for seat in self._chairs.on_stage() if self._experts.ready(seat)]):
            try:
                await self._asked(seat, ask, within)
            except BusyError:
                continue  # it had no chance
            except ExpertError:
                self._rests.failed(seat)
            else:
                self._rests.back(seat)


def _within(request: Question, seconds: float) -> Question:
    """Return the request with its budget."""
    return replace(request, budget_ms=max(0.0, seconds * 1000.0))
