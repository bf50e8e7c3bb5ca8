"""The performance: what performers and outside clocks do, and one straight line of bars from start to stop.

`headroom` before each bar line the writer decides the bar. A wish for `beat` or `now` has it write the rest of
the bar that was decided last anew.
"""

import asyncio
import contextlib
import math
from collections.abc import Mapping

from engines.conductor import Cursor
from engines.control.command import Command
from engines.control.tree import When
from engines.genre import Genre
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP
from server.band import Band
from server.beats import count_beats
from server.clock.leader import Leader
from server.dispatch import Dispatch, Player
from server.front import Front
from server.headroom import Headroom
from server.journal import Began, Commanded, Ended, Journal
from server.limit import Limit
from server.player.messages import GoOn, Panic, Retime, Start, Stop
from server.timeline import Timeline
from server.transport import Transport
from server.wishes import Wishes, musical
from server.writing import Writer


class Performance:
    """Plays; lives on the event loop.

    playing: whether bars are being decided. leader: who leads the tempo. limit: after how many bars all ends.
    conducted: whether anybody has said play, stop or continue, or an outside clock has.
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
        self._front, self._desk, self._band = front, front.desk, band
        self._transport, self._journal, self.headroom = transport, journal, headroom
        self.leader = Leader(transport)
        self._dispatch = Dispatch(player, front, journal, transport, self.leader)
        self._wishes = Wishes(front.desk, genres, journal)
        self._writer = Writer(
            wishes=self._wishes,
            band=band,
            dispatch=self._dispatch,
            front=front,
            transport=transport,
            headroom=headroom,
            genres=genres,
        )
        self.playing = False
        self.limit = Limit()
        self.conducted = False
        self._stop_with: When | None = None
        self._panic_with: When | None = None
        self._rewrite_grain: int | None = None
        self._changed = asyncio.Event()
        self._count: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        front.on_command = self.notice
        front.on_transport = self.conduct

    @property
    def bars_late(self) -> int:
        """How many bars were not written when their line came."""
        return self._writer.bars_late

    @property
    def tension(self) -> float:
        """The tension now, 0..1."""
        return self._desk.control.tension.at(self._transport.tick if self.playing else self._writer.line)

    @property
    def chord(self) -> str:
        """Name of the chord that runs, "" before the first bar."""
        decision = self._writer.decision
        if decision is None:
            return ""
        return decision.composed.plan.chord_at(max(0, int(self._transport.tick) - decision.tick)).name

    # What the performer does ------------------------------------------------------------------------------

    def notice(self, command: Command) -> None:
        """Hear of a wish that was received."""
        self._wishes.hear(command, self._writer.score.cursor.bar)
        if command.path.endswith("/expert") or command.path in ("undo", "scene"):
            self._band.summon(self._desk.wish)
        if not self.playing:
            self._wishes.take(When.section, self._writer.line)  # where the music stands; the clock runs on
            self._dispatch.direct(self._desk.control, None)
        elif command.when is When.now:
            before = musical(self._desk.control)
            self._wishes.take(When.now, self._transport.tick)
            self._dispatch.direct(self._desk.control, None)
            if musical(self._desk.control) != before:
                self._rewrite_soon(TICKS_PER_STEP)
        elif command.when is When.beat:
            self._rewrite_soon(TICKS_PER_BEAT)

    def conduct(self, command: Command) -> None:
        """Play, stop, continue, panic."""
        self._journal.write(Commanded(self._writer.score.cursor.bar, command.path, command.raw, command.when.name))
        self.conducted |= command.path != "panic"
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
                self._panic(command.when)

    def play(self) -> None:
        """Start at bar 0; if playing, take a stop back that has not come due."""
        self._end_if_stopped()
        if self.playing:
            self._go_on()
        else:
            self._writer.rewind()
            self._begin(0, self._own_timeline(0), fresh=True)

    def resume(self) -> None:
        """Go on where it stopped, from a bar line; if playing, take a stop back that has not come due."""
        self._end_if_stopped()
        if self.playing:
            self._go_on()
        else:
            tick = self._writer.line
            self._begin(tick, self._own_timeline(tick), fresh=False)

    def place(self, cursor: Cursor) -> None:
        """Stand where another performance has been."""
        self._writer.place(cursor)

    def follow(self, action: Start | Stop | Retime) -> None:
        """Do as an outside clock says; its ticks are ours, unless we were started from here."""
        self.conducted |= not isinstance(action, Retime)
        match action:
            case Start():
                if self.playing:
                    self.stop(now=True)
                    self._end()
                self.leader.started()
                if action.fresh:
                    self._writer.rewind()
                self._writer.move(action.tick // TICKS_PER_BAR)
                self._begin(action.tick, action.timeline, fresh=action.fresh)
            case Stop():
                self.stop(now=True)
            case Retime(timeline):
                self._transport.retime(self.leader.ours(timeline))

    def stop(self, *, now: bool = False) -> None:
        """End at the bar line, or at once."""
        if self.playing:
            self._stop_at(None if now else _line_after(self._transport.tick))

    def _stop_at(self, tick: int | None) -> None:
        self._writer.end = math.floor(self._transport.tick) if tick is None else tick
        self._dispatch.tell(Stop(tick))
        self._changed.set()

    def _go_on(self) -> None:
        """Take a stop back that has not come due: the player hears again what it dropped after it."""
        self._stop_with = None
        end, decision = self._writer.end, self._writer.decision
        if end is None or self.limit.spent:
            return
        self._writer.end = None
        self._dispatch.tell(GoOn())
        if decision is not None and decision.tick >= end:
            self._dispatch.load(decision.composed)
        self._changed.set()

    def _panic(self, when: When) -> None:
        """Silence all at that moment; the music goes on at the bar line after it, or with it."""
        tick = self._transport.tick
        if not self.playing or when is When.now:
            self._dispatch.tell(Panic(_line_after(tick)))
        elif when > When.bar:
            self._panic_with = when
        else:
            at = _beat_after(tick) if when is When.beat else _line_after(tick)
            self._dispatch.tell(Panic(_line_after(at), at))

    def _rewrite_soon(self, grain: int) -> None:
        self._rewrite_grain = min(grain, self._rewrite_grain or grain)
        self._changed.set()

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
        writer, end = self._writer, self._writer.end
        if end is not None:
            if await self._until(end, 0.0) and writer.end == end:  # else somebody has said play meanwhile
                self._end()
        elif await self._until(writer.line, self.headroom.seconds):
            if self._panic_with is not None and writer.boundary >= self._panic_with:
                self._panic_with = None
                self._dispatch.tell(Panic(writer.line, writer.line))
            if self._stop_with is not None and writer.boundary >= self._stop_with:
                self._stop_at(writer.line)
            else:
                self._rewrite_grain = None  # what was wished until now is heard in this bar
                await writer.next_bar()
        elif self._rewrite_grain is not None:
            grain, self._rewrite_grain = self._rewrite_grain, None
            await writer.rewrite(grain)

    async def _until(self, tick: int, early: float) -> bool:
        """Wait for a moment of the music; False when something changed before."""
        waiter = asyncio.ensure_future(self._transport.wait_until(tick, early))
        change = asyncio.ensure_future(self._changed.wait())
        done, pending = await asyncio.wait({waiter, change}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        self._changed.clear()
        return waiter in done

    # Beginning and ending ---------------------------------------------------------------------------------

    def _own_timeline(self, tick: int) -> Timeline:
        """Return when `tick` shall sound when we start: as soon as its bar is written."""
        return self.leader.start(tick, self._transport.now() + self.headroom.seconds, self._desk.wish.tempo.at(tick))

    def _begin(self, tick: int, timeline: Timeline, *, fresh: bool) -> None:
        """Let the music run from `tick` on; its bar is written before it sounds."""
        if self.limit.spent:
            self.limit.rests()
            return
        self.playing = self._front.playing = True
        self._stop_with = self._panic_with = None
        self._writer.begin(tick)
        self._journal.write(Began(self._writer.score.cursor, fresh))
        self._dispatch.start(tick, timeline, self._desk.control, fresh=fresh)
        self._count.cancel()
        self._count = asyncio.ensure_future(count_beats(self._transport, self._front, self._sounds, self._bar_begins))
        self._front.show(("playing",))
        self._changed.set()

    def _sounds(self, tick: int) -> bool:
        return self._writer.end is None or tick < self._writer.end

    def _bar_begins(self, bar: int) -> None:
        self.limit.count()
        if self.limit.spent:  # said a bar before: nothing of the next one may sound
            self._stop_at((bar + 1) * TICKS_PER_BAR)

    def _end_if_stopped(self) -> None:
        """Come to rest now if a stop has come due of which nobody has taken notice yet."""
        if self.playing and self._writer.end is not None and self._writer.end <= self._transport.tick:
            self._end()

    def _end(self) -> None:
        """Come to rest."""
        end = self._writer.end or 0
        self._writer.rest()
        self.playing = self._front.playing = False
        self._count.cancel()
        self._journal.write(Ended(self._writer.score.cursor))
        self._front.show(("playing",))
        self._wishes.take(When.section, end)
        self.limit.rests()

    # For the player ---------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Tell a new player process where the music is: it goes on from the next bar line."""
        if not self.playing:
            self._dispatch.again(None, None)
            return
        tick, decision, end = self._transport.tick, self._writer.decision, self._writer.end
        start = Start(_line_after(tick), self._transport.timeline, fresh=False)
        self._dispatch.again(start, decision.composed if decision is not None and decision.tick >= tick else None)
        if end is not None:
            self._dispatch.tell(Stop(end))

    def retimed(self, timeline: Timeline) -> None:
        """Pass on a new timeline of the transport."""
        self._dispatch.tell(Retime(timeline))


def _beat_after(tick: float) -> int:
    return math.ceil(max(0.0, tick) / TICKS_PER_BEAT) * TICKS_PER_BEAT


def _line_after(tick: float) -> int:
    return math.ceil(max(0.0, tick) / TICKS_PER_BAR) * TICKS_PER_BAR


async def cancelled(task: "asyncio.Task[None]") -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
