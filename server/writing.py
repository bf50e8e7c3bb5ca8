"""Writing: the next bar, or the rest of the bar decided last anew, and on its way to the player.

Just before its line the control is read once; the conductor plans; the band plays; the bar goes to the player.
"""

import asyncio
import logging
import math
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from engines import conductor
from engines.composer import Composed, Score, compose, strangers
from engines.conductor import Cursor
from engines.control.state import Control
from engines.control.tree import When
from engines.genre import Genre
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP
from server.band import Band
from server.dispatch import Dispatch
from server.front import Front
from server.headroom import Headroom
from server.limit import Limit
from server.loud import loud
from server.transport import Transport
from server.wishes import Wishes, musical

log = logging.getLogger("melody-engine")

REST_S = 0.03
"""The worker must be free again when the bar is decided."""


class Decision(msgspec.Struct, frozen=True):
    """The bar decided last: what came before it, what was written, under which control; upcoming, left: as told."""

    before: Score
    composed: Composed
    control: Control
    upcoming: str | None
    left: int | None

    @property
    def tick(self) -> int:
        """Its bar line."""
        return self.composed.plan.index * TICKS_PER_BAR


class Writer:
    """Writes one bar after the other.

    score: what has been written, its cursor the next bar. decision: the bar decided last, None before the first.
    end: the tick at which the music ends, None = not in sight. bars_late: whose line came before they were written.
    """

    def __init__(
        self,
        *,
        wishes: Wishes,
        band: Band,
        dispatch: Dispatch,
        front: Front,
        transport: Transport,
        headroom: Headroom,
        genres: Mapping[str, Genre],
        limit: Limit,
    ) -> None:
        """Stand before the first bar."""
        self._wishes, self._band, self._dispatch, self._front = wishes, band, dispatch, front
        self._transport, self._headroom, self._genres, self._limit = transport, headroom, genres, limit
        self.score = Score()
        self.decision: Decision | None = None
        self.end: int | None = None
        self.bars_late = 0
        self._entry = 0
        self._life = object()
        self._ahead: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def line(self) -> int:
        """The tick at which the next bar begins."""
        return self.score.cursor.bar * TICKS_PER_BAR

    @property
    def closing(self) -> bool:
        """Whether the bar decided last is the last of the music."""
        return self.decision is not None and self.decision.composed.plan.closing

    @property
    def boundary(self) -> When:
        """The coarsest grain that begins with the next bar."""
        cursor = self.score.cursor
        return conductor.boundary(cursor, self._genres.get(cursor.genre) or self._genres[self._wishes.control.genre])

    # Where to write ---------------------------------------------------------------------------------------

    def place(self, cursor: Cursor) -> None:
        """Go on at another bar, nothing heard before it."""
        self.score = Score(cursor=cursor)

    def rewind(self) -> None:
        """Go back to bar 0."""
        self.score = Score()
        self._wishes.rewind()

    def move(self, bar: int) -> None:
        """Go to another bar number, as if the music had run there."""
        if bar < self.score.cursor.bar:
            self._wishes.rewind()
        if bar != self.score.cursor.bar:
            self.score = replace(self.score, cursor=conductor.move_to(self.score.cursor, bar))

    def begin(self, tick: int) -> None:
        """Begin to write for a music that runs from `tick` on; what is being written for another one is void."""
        self._entry, self.end, self.decision = tick, None, None
        self._life = object()

    def rest(self) -> None:
        """Come to rest at the end: a bar that was written but never sounded is forgotten."""
        if self.decision is not None and self.decision.tick >= (self.end or 0):
            self.score = self.decision.before
        self.end = None
        self._ahead.cancel()

    # Writing ----------------------------------------------------------------------------------------------

    async def next_bar(self) -> None:
        """Decide the next bar."""
        start = self._catch_up()
        line, cursor = self.line, self.score.cursor
        control = self._wishes.at_line(cursor, line)
        self._dispatch.direct(control, line)
        self._front.show(("section", "tension", "autopilot"))
        upcoming = self._wishes.upcoming(cursor, control)
        genre = self._genres[control.genre]
        left = self._limit.left(cursor.bar)
        composition = compose(
            self.score, control, genre, self._transport.bpm, upcoming=upcoming, left=left, start=start
        )
        deadline = self._transport.timeline.time(line + start) - self._headroom.margin_s
        if start > max(0, self._entry - line) or deadline <= self._transport.now():
            self.bars_late += self.decision is not None
            played = self._band.understudies(composition)
        else:
            life = self._life
            played = await self._band.play(composition, control, deadline)
            self._headroom.observe(played.ms)
            if life is not self._life:
                return  # the music began anew while it was being written
        if self.end is not None and line >= self.end:
            return  # stopped while it was being written
        decision = Decision(self.score, played.composed, control, upcoming, left)
        self._wishes.settle(cursor.bar, start, control)
        self._dispatch.bar(played, upcoming=upcoming, left=left, start=start)
        self._decide(decision)
        self._ahead.cancel()
        self._ahead = loud(asyncio.create_task(self._look_ahead(), name="look ahead"))

    async def rewrite(self, grain: int) -> None:
        """Write the rest of the bar decided last anew, from the next multiple of `grain` there is time for."""
        decision = self.decision
        if decision is None or decision.composed.repeated:
            return  # a bar that is held or played again stays as it is
        earliest = self._transport.timeline.tick(self._transport.now() + self._headroom.seconds)
        start = max(0, math.ceil(earliest / grain) * grain - decision.tick)
        if start >= TICKS_PER_BAR:
            return  # the next bar hears it
        control = self._wishes.control
        before = musical(control)
        self._wishes.take(When.beat, decision.tick + start)
        control = self._wishes.control
        self._dispatch.direct(control, decision.tick + start)
        if musical(control) == before == musical(decision.control):
            return
        composition = compose(
            decision.before, control, self._genres[control.genre], self._transport.bpm,
            upcoming=decision.upcoming, left=decision.left, start=start, old=decision.composed,
        )  # fmt: skip
        deadline = self._transport.timeline.time(decision.tick + start) - self._headroom.margin_s
        life = self._life
        played = await self._band.play(composition, control, deadline)
        if life is not self._life or (self.end is not None and self.end <= decision.tick + start):
            return  # stopped while it was being written
        hush = strangers(decision.composed, played.composed, start)
        self._wishes.settle(played.composed.plan.index, start, control)
        self._dispatch.bar(played, upcoming=decision.upcoming, left=decision.left, start=start, hush=hush)
        self._decide(replace(decision, composed=played.composed, control=control))

    def _decide(self, decision: Decision) -> None:
        self.decision, self.score = decision, decision.composed.score
        self._wishes.settle(self.score.cursor.bar, 0, self._wishes.control)  # wishes may have come meanwhile

    async def _look_ahead(self) -> None:
        """Between two bars: probe experts that rest, then rehearse the next bar as it would be played now."""
        await self._band.probe(self._headroom.seconds - self._headroom.margin_s)
        line = self.line
        decision_s = self._headroom.seconds + REST_S
        await self._transport.wait_until(line, decision_s + self._headroom.config.rehearsal_ms / 1000.0)
        cursor = self.score.cursor
        control = self._wishes.preview(cursor, line)
        composition = compose(
            self.score, control, self._genres[control.genre], self._transport.bpm,
            upcoming=self._wishes.upcoming(cursor, control), left=self._limit.left(cursor.bar),
        )  # fmt: skip
        await self._band.rehearse(composition, control, self._transport.timeline.time(line) - decision_s)

    def _catch_up(self) -> int:
        """Return from which tick in the next bar there is still time to write; skip bars that have passed."""
        line, config = self.line, self._headroom.config
        entry = max(line, self._entry)  # a song position may lie within the bar
        now = self._transport.timeline.tick(self._transport.now() + config.last_moment_ms / 1000.0)
        late_s = (now - entry) * self._transport.timeline.seconds_per_tick
        if late_s > config.asleep_ms / 1000.0:
            bars = math.ceil((now - line) / TICKS_PER_BAR)
            self.bars_late += bars - 1
            self.score = replace(self.score, cursor=conductor.advance(self.score.cursor, bars))
            log.warning("slept through %d bars; the music resumes at bar %d", bars, self.score.cursor.bar)
            return 0
        if late_s <= (config.grace_ms / 1000.0 if self.decision is None else 0.0):
            return entry - line
        return min(math.ceil((now - line) / TICKS_PER_STEP) * TICKS_PER_STEP, TICKS_PER_BAR - TICKS_PER_STEP)
