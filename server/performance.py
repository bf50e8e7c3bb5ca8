"""The performance: one straight line from the control to the player, bar after bar.

`headroom` before each bar line the control is read once; the conductor plans; the band plays; the bar goes to
the player. A wish for `beat` or `now` rewrites the rest of the bar that was decided last by the same path.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from engines import conductor
from engines.composer import Composed, Score, compose, strangers
from engines.control.command import Command
from engines.control.state import Control
from engines.control.tree import When
from engines.genre import Genre
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP
from server.band import Band
from server.beats import count_beats
from server.clock.leader import Leader
from server.dispatch import Dispatch, Player
from server.front import Front
from server.headroom import Headroom
from server.journal import Began, Commanded, Journal
from server.player.messages import Panic, Retime, Start, Stop
from server.timeline import Timeline
from server.transport import Transport
from server.wishes import Wishes, musical

log = logging.getLogger("melody-engine")

REST_S = 0.03
"""The worker must be free again when the bar is decided."""


class Decision(msgspec.Struct, frozen=True):
    """The bar decided last: what came before it, what was written, and under which control."""

    before: Score
    composed: Composed
    control: Control
    upcoming: str | None


class Performance:
    """Plays; lives on the event loop.

    score: what has been written. playing: whether bars are being decided. leader: who leads the tempo.
    """

    def __init__(
        self,
        *,
        front: Front,
        band: Band,
        transport: Transport,
        player: Player,
        genres: Mapping[str, Genre],
        headroom: Headroom,
        journal: Journal,
    ) -> None:
        """Stand ready, not playing."""
        self._front = front
        self._desk = front.desk
        self._band = band
        self._transport = transport
        self._dispatch = Dispatch(player, front, journal, transport.now)
        self._wishes = Wishes(front.desk, genres, journal)
        self._genres = genres
        self.headroom = headroom
        self._journal = journal
        self.score = Score()
        self.playing = False
        self.leader = Leader(transport)
        self.bars_late = 0
        self.on_end: Callable[[], None] = lambda: None
        self.last_bar: int | None = None
        self._decision: Decision | None = None
        self._tempo = self._desk.control.tempo
        self._stop_tick: int | None = None
        self._stop_with: When | None = None
        self._entry = 0
        self._life = object()
        self._rewrite_grain: int | None = None
        self._changed = asyncio.Event()
        self._ahead: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        front.on_command = self.notice
        front.on_transport = self.conduct

    @property
    def tension(self) -> float:
        """The tension now, 0..1."""
        return self._desk.control.tension.at(
            self._transport.tick if self.playing else self.score.cursor.bar * TICKS_PER_BAR
        )

    @property
    def chord(self) -> str:
        """Name of the chord that runs, "" before the first bar."""
        if self._decision is None:
            return ""
        plan = self._decision.composed.plan
        return plan.chord_at(max(0, int(self._transport.tick) - plan.index * TICKS_PER_BAR)).name

    # What the performer does ------------------------------------------------------------------------------

    def notice(self, command: Command) -> None:
        """Hear of a wish that was received."""
        if command.path.endswith("/expert") or command.path in ("undo", "scene"):
            self._band.summon(self._desk.wish)
        if not self.playing:
            self._take(When.section, self.score.cursor.bar * TICKS_PER_BAR)  # where the music stands; the clock runs on
            self._side_effects(None)
            return
        if command.when is When.now:
            before = musical(self._desk.control)
            self._take(When.now, self._transport.tick)
            self._side_effects(None)
            if musical(self._desk.control) != before:
                self._rewrite_soon(TICKS_PER_STEP)
        elif command.when is When.beat:
            self._rewrite_soon(TICKS_PER_BEAT)

    def conduct(self, command: Command) -> None:
        """Play, stop, continue, panic."""
        self._journal.write(Commanded(self.score.cursor.bar, command.path, command.raw, command.when.name))
        match command.path:
            case "play":
                self.play()
            case "continue":
                self.resume()
            case "stop" if command.when > When.bar:
                self._stop_with = command.when
            case "stop":
                self.stop(now=command.when is When.now)
            case "panic":
                self._dispatch.tell(Panic(self._line_after(self._transport.tick)))

    def play(self) -> None:
        """Start at bar 0; nothing if playing."""
        self._end_if_stopped()
        if not self.playing:
            self._rewind()
            self._begin(0, self._own_timeline(0), fresh=True)

    def resume(self, bar: int | None = None) -> None:
        """Go on where it stopped (or at `bar`), from a bar line; nothing if playing."""
        self._end_if_stopped()
        if not self.playing:
            self._move(self.score.cursor.bar if bar is None else bar)
            tick = self.score.cursor.bar * TICKS_PER_BAR
            self._begin(tick, self._own_timeline(tick), fresh=False)

    def follow(self, action: Start | Stop | Retime) -> None:
        """Do as an outside clock says; its ticks are ours, unless we were started from here."""
        match action:
            case Start():
                if self.playing:
                    self.stop(now=True)
                    self._end()
                self.leader.started()
                if action.fresh:
                    self._rewind()
                self._move(action.tick // TICKS_PER_BAR)
                self._begin(action.tick, action.timeline, fresh=action.fresh)
            case Stop():
                self.stop(now=True)
            case Retime(timeline):
                self._transport.retime(self.leader.ours(timeline))

    def stop(self, *, now: bool = False) -> None:
        """End at the bar line, or at once."""
        if self.playing:
            self._stop_at(None if now else self._line_after(self._transport.tick))

    def _stop_at(self, tick: int | None) -> None:
        self._stop_tick = math.floor(self._transport.tick) if tick is None else tick
        self._dispatch.tell(Stop(tick))
        self._changed.set()

    def _boundary(self) -> When:
        cursor = self.score.cursor
        return conductor.boundary(cursor, self._genres.get(cursor.genre) or self._genres[self._desk.control.genre])

    def _take(self, when: When, tick: float) -> None:
        self._wishes.take(when, tick, self.score.cursor.bar)

    # The straight line ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Play whenever asked, until cancelled."""
        while True:
            while not self.playing:
                self._changed.clear()
                await self._changed.wait()
            try:
                while self.playing:
                    await self._step()
            finally:
                self._count.cancel()

    async def _step(self) -> None:
        if self._stop_tick is not None:
            if await self._until(self._stop_tick, 0.0):
                self._end()
            return
        line = self.score.cursor.bar * TICKS_PER_BAR
        if await self._until(line, self.headroom.seconds):
            if self._stop_with is not None and self._boundary() >= self._stop_with:
                self._stop_at(line)
            else:
                await self._next_bar()
        elif self._rewrite_grain is not None:
            await self._rewrite()

    async def _until(self, tick: int, early: float) -> bool:
        """Wait for a moment of the music; False when something changed before."""
        waiter = asyncio.ensure_future(self._transport.wait_until(tick, early))
        change = asyncio.ensure_future(self._changed.wait())
        done, pending = await asyncio.wait({waiter, change}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        self._changed.clear()
        return waiter in done

    async def _next_bar(self) -> None:
        start = self._catch_up()
        bar = self.score.cursor.bar
        line = bar * TICKS_PER_BAR
        control = self._wishes.at_line(self.score.cursor, line)
        self._side_effects(line)
        self._front.show(("section", "tension", "autopilot"))
        upcoming = self._wishes.upcoming(self.score.cursor, control)
        genre = self._genres[control.genre]
        composition = compose(self.score, control, genre, self._transport.bpm, upcoming=upcoming, start=start)
        deadline = self._transport.timeline.time(line + start) - self.headroom.margin_s
        if start > max(0, self._entry - line) or deadline <= self._transport.now():
            self.bars_late += self._decision is not None
            played = self._band.understudies(composition)
        else:
            life = self._life
            played = await self._band.play(composition, control, deadline)
            self.headroom.observe(played.ms)
            if life is not self._life:
                return  # the music began anew while it was being written
        if self._stop_tick is not None and line >= self._stop_tick:
            return  # stopped while it was being written
        self._decision = Decision(self.score, played.composed, control, upcoming)
        self.score = played.composed.score
        self._dispatch.bar(played, control, upcoming=upcoming, start=start)
        self._ahead = asyncio.create_task(self._look_ahead())

    async def _look_ahead(self) -> None:
        """Between two bars: probe experts that rest, then rehearse the next bar as it would be played now."""
        await self._band.probe(self.headroom.seconds - self.headroom.margin_s)
        line = self.score.cursor.bar * TICKS_PER_BAR
        decision_s = self.headroom.seconds + REST_S
        await self._transport.wait_until(line, decision_s + self.headroom.config.rehearsal_ms / 1000.0)
        control = self._wishes.preview(self.score.cursor, line)
        upcoming = self._wishes.upcoming(self.score.cursor, control)
        composition = compose(self.score, control, self._genres[control.genre], self._transport.bpm, upcoming=upcoming)
        await self._band.rehearse(composition, control, self._transport.timeline.time(line) - decision_s)

    def _catch_up(self) -> int:
        """Return from which tick in the next bar there is still time to write; skip bars that have passed."""
        line = self.score.cursor.bar * TICKS_PER_BAR
        entry = max(line, self._entry)  # a song position may lie within the bar
        now = self._transport.timeline.tick(self._transport.now() + self.headroom.config.last_moment_ms / 1000.0)
        late_s = (now - entry) * self._transport.timeline.seconds_per_tick
        if late_s > self.headroom.config.asleep_ms / 1000.0:
            bars = math.ceil((now - line) / TICKS_PER_BAR)
            self.bars_late += bars - 1
            self.score = replace(self.score, cursor=conductor.advance(self.score.cursor, bars))
            log.warning("slept through %d bars; the music resumes at bar %d", bars, self.score.cursor.bar)
            return 0
        if late_s <= (self.headroom.config.grace_ms / 1000.0 if self._decision is None else 0.0):
            return entry - line
        return min(math.ceil((now - line) / TICKS_PER_STEP) * TICKS_PER_STEP, TICKS_PER_BAR - TICKS_PER_STEP)

    async def _rewrite(self) -> None:
        """Write the rest of the bar decided last anew, from the next beat (or step) there is time for."""
        grain, self._rewrite_grain = self._rewrite_grain, None
        decision = self._decision
        if grain is None or decision is None or decision.composed.repeated:
            return  # a bar that is held or played again stays as it is
        line = decision.composed.plan.index * TICKS_PER_BAR
        earliest = self._transport.timeline.tick(self._transport.now() + self.headroom.seconds)
        start = max(0, math.ceil(earliest / grain) * grain - line)
        if start >= TICKS_PER_BAR:
            return  # the next bar hears it
        before = musical(self._desk.control)
        self._take(When.beat, line + start)
        self._side_effects(line + start)
        control = self._desk.control
        if musical(control) == before and musical(decision.control) == before:
            return
        committed = {voice: bar.before(start) for voice, bar in decision.composed.bars.items()}
        genre = self._genres[control.genre]
        composition = compose(
            decision.before, control, genre, self._transport.bpm,
            upcoming=decision.upcoming, start=start, committed=committed,
        )  # fmt: skip
        deadline = self._transport.timeline.time(line + start) - self.headroom.margin_s
        life = self._life
        played = await self._band.play(composition, control, deadline)
        if life is not self._life:
            return
        self._decision = replace(decision, composed=played.composed, control=control)
        self.score = played.composed.score
        hush = strangers(decision.composed, played.composed, start)
        self._dispatch.bar(played, control, upcoming=decision.upcoming, start=start, hush=hush)

    # Beginning and ending ---------------------------------------------------------------------------------

    def _rewind(self) -> None:
        self.score = Score()
        self._wishes.rewind()

    def _move(self, bar: int) -> None:
        if bar < self.score.cursor.bar:
            self._wishes.rewind()
        if bar != self.score.cursor.bar:
            self.score = replace(self.score, cursor=conductor.move_to(self.score.cursor, bar))

    def _own_timeline(self, tick: int) -> Timeline:
        """Return when `tick` shall sound when we start: as soon as its bar is written."""
        return self.leader.start(tick, self._transport.now() + self.headroom.seconds, self._desk.wish.tempo.at(tick))

    def _begin(self, tick: int, timeline: Timeline, *, fresh: bool) -> None:
        """Let the music run from `tick` on; its bar is written before it sounds."""
        self._take(When.section, tick)
        self.playing = self._front.playing = True
        self._stop_tick = self._stop_with = None
        self._entry = tick
        self._life = object()
        self._decision = None
        self._tempo = self._desk.control.tempo
        begun = self._transport.start(tick, timeline.bpm, timeline.time(tick))
        if not self.leader.is_led() and self._tempo.tick1 > tick:
            self._transport.set_tempo(self._tempo)
        self._count.cancel()
        self._count = asyncio.ensure_future(count_beats(self._transport, self._front, self._bar_begins))
        self._journal.write(Began(tick // TICKS_PER_BAR, fresh))
        self._dispatch.tell(Start(tick, begun, fresh))
        self._front.show(("playing",))
        self._changed.set()

    def _end_if_stopped(self) -> None:
        """Come to rest now if a stop has come due of which nobody has taken notice yet."""
        if self.playing and self._stop_tick is not None and self._stop_tick <= self._transport.tick:
            self._end()

    def _end(self) -> None:
        """Come to rest: a bar that was written but never sounded is forgotten."""
        stop_tick = self._stop_tick or 0
        if self._decision is not None and self._decision.composed.plan.index * TICKS_PER_BAR >= stop_tick:
            self.score = self._decision.before
        self.playing = self._front.playing = False
        self._stop_tick = None
        self._count.cancel()
        self._ahead.cancel()
        self._front.show(("playing",))
        self._take(When.section, stop_tick)
        self.on_end()

    def restore(self) -> None:
        """Tell a new player process where the music is: it goes on from the next bar line."""
        if not self.playing:
            self._dispatch.again(None, None)
            return
        tick = self._transport.tick
        start = Start(self._line_after(tick), self._transport.timeline, fresh=False)
        waits = self._decision is not None and self._decision.composed.plan.index * TICKS_PER_BAR >= tick
        self._dispatch.again(start, self._decision.composed if self._decision is not None and waits else None)

    def retimed(self, timeline: Timeline) -> None:
        """Pass on a new timeline of the transport."""
        self._dispatch.tell(Retime(timeline))

    def _bar_begins(self, bar: int) -> None:
        if self.last_bar is not None and bar >= self.last_bar:
            self.stop(now=True)

    def _line_after(self, tick: float) -> int:
        return math.ceil(max(0.0, tick) / TICKS_PER_BAR) * TICKS_PER_BAR

    def _rewrite_soon(self, grain: int) -> None:
        self._rewrite_grain = min(grain, self._rewrite_grain or grain)
        self._changed.set()

    def _side_effects(self, tick: int | None) -> None:
        """Carry what is not composed (mute, solo, tempo) from the control to the player and the transport."""
        control = self._desk.control
        self._dispatch.gates(control, tick)
        if control.tempo != self._tempo:
            self._tempo = control.tempo
            if not self.leader.is_led():
                self._transport.set_tempo(control.tempo)


async def cancelled(task: "asyncio.Task[None]") -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
