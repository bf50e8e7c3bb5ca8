"""The performance: what performers and outside clocks do to the music, and what it does by itself in its course."""

import asyncio
import contextlib
from collections.abc import Mapping

from engines.conductor import Cursor
from engines.control.command import Command
from engines.control.tree import When
from engines.genre import Genre
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP
from server.band import Band
from server.clock.leader import Leader
from server.course import Course, line_after
from server.dispatch import Dispatch, Player
from server.front import Front
from server.headroom import Headroom
from server.journal import Commanded, Journal
from server.limit import Limit
from server.player.messages import Retime, Start, Stop
from server.timeline import Timeline
from server.transport import Transport
from server.wishes import Wishes, musical
from server.writing import Writer


class Performance:
    """Plays; lives on the event loop.

    course: how the music runs. dispatch: what goes out. leader: who leads the tempo. limit: after how many bars
    all ends. conducted: whether anybody has said play, stop or continue, or an outside clock has.
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
        self.leader, self.limit = Leader(transport), Limit()
        self.dispatch = Dispatch(player, front, journal, transport, self.leader)
        self._wishes = Wishes(front.desk, genres, journal)
        self._writer = Writer(
            wishes=self._wishes,
            band=band,
            dispatch=self.dispatch,
            front=front,
            transport=transport,
            headroom=headroom,
            genres=genres,
            limit=self.limit,
        )
        self.course = Course(
            writer=self._writer,
            wishes=self._wishes,
            dispatch=self.dispatch,
            front=front,
            transport=transport,
            headroom=headroom,
            journal=journal,
            limit=self.limit,
        )
        self.conducted = False
        self._held: list[Command] | None = None
        front.on_command = self.notice
        front.on_transport = self.conduct

    @property
    def playing(self) -> bool:
        """Whether bars are being decided."""
        return self.course.playing

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

    async def run(self) -> None:
        """Play whenever asked, until cancelled."""
        await self.course.run()

    # What the performer does ------------------------------------------------------------------------------

    def notice(self, command: Command) -> None:
        """Hear of a wish that was received."""
        self._wishes.hear(command, self._writer.score.cursor.bar)
        if command.path.endswith("/expert") or command.path in ("undo", "scene"):
            self._band.summon(self._desk.wish)
        if not self.playing:
            self._wishes.take(When.section, self._writer.line)  # where the music stands; the clock runs on
            self.dispatch.direct(self._desk.control, None)
        elif command.when is When.now:
            before = musical(self._desk.control)
            self._wishes.take(When.now, self._transport.tick)
            self.dispatch.direct(self._desk.control, None)
            if musical(self._desk.control) != before:
                self.course.rewrite_soon(TICKS_PER_STEP)
        elif command.when is When.beat:
            self.course.rewrite_soon(TICKS_PER_BEAT)

    def hold(self) -> None:
        """Keep play, stop, continue and panic until `release`: commands may come before there is a player to obey."""
        self._held = []

    def release(self) -> None:
        """Obey what was kept; tell the player, which is there now, who is mute."""
        held, self._held = self._held or [], None
        self.restore()
        for command in held:
            self.conduct(command)

    def conduct(self, command: Command) -> None:
        """Play, stop, continue, panic."""
        if self._held is not None:
            self._held.append(command)
            return
        self._journal.write(Commanded(self._writer.score.cursor.bar, command.path, command.raw, command.when.name))
        self.conducted |= command.path != "panic"
        match command.path:
            case "play":
                self.play()
            case "continue":
                self.resume()
            case "stop" if command.when > When.bar:
                self.course.stop_with = command.when
            case "stop":
                self.course.stop(now=command.when is When.now)
            case "panic":
                self.course.panic(command.when)

    def play(self) -> None:
        """Start at bar 0; if playing, take a stop back that has not come due."""
        self.course.end_if_stopped()
        if self.playing:
            self.course.go_on()
        else:
            self._writer.rewind()
            self.course.begin(0, self._own_timeline(0), fresh=True)

    def resume(self) -> None:
        """Go on where it stopped, from a bar line; if playing, take a stop back that has not come due."""
        self.course.end_if_stopped()
        if self.playing:
            self.course.go_on()
        else:
            tick = self._writer.line
            self.course.begin(tick, self._own_timeline(tick), fresh=False)

    def place(self, cursor: Cursor) -> None:
        """Stand where another performance has been."""
        self._writer.place(cursor)

    def follow(self, action: Start | Stop | Retime) -> None:
        """Do as an outside clock says; its ticks are ours, unless we were started from here."""
        self.conducted |= not isinstance(action, Retime)
        match action:
            case Start():
                if self.playing:
                    self.course.stop(now=True)
                    self.course.end()
                self.leader.started()
                if action.fresh:
                    self._writer.rewind()
                self._writer.move(action.tick // TICKS_PER_BAR)
                self.course.begin(action.tick, action.timeline, fresh=action.fresh)
            case Stop():
                self.course.stop(now=True)
            case Retime(timeline):
                self._transport.retime(self.leader.ours(timeline))

    def _own_timeline(self, tick: int) -> Timeline:
        """Return when `tick` shall sound when we start: as soon as its bar is written."""
        return self.leader.start(tick, self._transport.now() + self.headroom.seconds, self._desk.wish.tempo.at(tick))

    # For the player ---------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Tell a new player process where the music is: it goes on from the next bar line."""
        if not self.playing:
            self.dispatch.again(None, None)
            return
        tick, decision, end = self._transport.tick, self._writer.decision, self._writer.end
        start = Start(line_after(tick), self._transport.timeline, fresh=False)
        self.dispatch.again(start, decision.composed if decision is not None and decision.tick >= tick else None)
        if end is not None:
            self.dispatch.tell(Stop(end))

    def retimed(self, timeline: Timeline) -> None:
        """Pass on a new timeline of the transport."""
        self.dispatch.tell(Retime(timeline))


async def cancelled(task: "asyncio.Task[None]") -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
