"""The course of the music: one straight line of bars from where it begins to where it ends.

`headroom` before each bar line the writer decides the bar. A wish for `beat` or `now` has it write the rest of
the bar that was decided last anew.
"""

import asyncio
import math

from engines.control.tree import When
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from server.beats import count_beats
from server.dispatch import Dispatch
from server.front import Front
from server.headroom import Headroom
from server.journal import Began, Ended, Journal
from server.limit import Limit
from server.loud import loud
from server.player.messages import GoOn, Panic, Stop
from server.timeline import Timeline
from server.transport import Transport
from server.wishes import Wishes
from server.writing import Writer


class Course:
    """Runs; lives on the event loop.

    playing: whether bars are being decided. stop_with, panic_with: the phrase or section with whose beginning it shall
    stop or panic, None = none.
    """

    def __init__(
        self,
        *,
        writer: Writer,
        wishes: Wishes,
        dispatch: Dispatch,
        front: Front,
        transport: Transport,
        headroom: Headroom,
        journal: Journal,
        limit: Limit,
    ) -> None:
        """Stand ready, not playing. limit: after how many bars all ends."""
        self._writer, self._wishes, self._dispatch, self._front = writer, wishes, dispatch, front
        self._transport, self._headroom, self._journal, self._limit = transport, headroom, journal, limit
        self.playing = False
        self.stop_with: When | None = None
        self.panic_with: When | None = None
        self._rewrite_grain: int | None = None
        self._changed = asyncio.Event()
        self._count: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # Beginning and ending ---------------------------------------------------------------------------------

    def begin(self, tick: int, timeline: Timeline, *, fresh: bool) -> None:
        """Let the music run from `tick` on; its bar is written before it sounds."""
        if self._limit.spent:
            self._limit.rests()
            return
        self.playing = self._front.playing = True
        self.stop_with = self.panic_with = None
        self._writer.begin(tick)
        self._limit.begin(line_after(tick) // TICKS_PER_BAR)
        self._journal.write(Began(self._writer.score.cursor, fresh))
        self._dispatch.start(tick, timeline, self._wishes.control, fresh=fresh)
        self._count.cancel()
        beats = count_beats(self._transport, self._front, tick, self._sounds, self._bar_begins)
        self._count = loud(asyncio.create_task(beats, name="beats"))
        self._front.show(("playing",))
        self._changed.set()

    def _sounds(self, tick: int) -> bool:
        return self._writer.end is None or tick < self._writer.end

    def _bar_begins(self, bar: int) -> None:
        self._limit.count(bar)
        if self._limit.spent:  # said a bar before: nothing of the next one may sound
            self.stop_at((bar + 1) * TICKS_PER_BAR)

    def end_if_stopped(self) -> None:
        """Come to rest now if a stop has come due of which nobody has taken notice yet."""
        if self.playing and self._writer.end is not None and self._writer.end <= self._transport.tick:
            self.end()

    def end(self) -> None:
        """Come to rest."""
        end = self._writer.end or 0
        self._writer.rest()
        self.playing = self._front.playing = False
        self._count.cancel()
        self._journal.write(Ended(self._writer.score.cursor))
        self._front.show(("playing",))
        self._wishes.take(When.section, end)
        self._limit.rests()

    # On the way ------------------------------------------------------------------------------------------

    def stop(self, *, now: bool = False) -> None:
        """End at the bar line, or at once."""
        self.end_if_stopped()
        if self.playing:
            self.stop_at(None if now else line_after(self._transport.tick))

    def stop_at(self, tick: int | None) -> None:
        """End at `tick`, None = at once."""
        self._writer.end = math.floor(self._transport.tick) if tick is None else tick
        self._dispatch.tell(Stop(tick))
        self._changed.set()

    def go_on(self) -> None:
        """Take a stop back that has not come due: the player hears again what it dropped after it."""
        self.stop_with = None
        end, decision = self._writer.end, self._writer.decision
        if end is None or self._limit.spent:
            return
        self._writer.end = None
        self._dispatch.tell(GoOn())
        if decision is not None and decision.tick >= end:
            self._dispatch.load(decision.composed)
        self._changed.set()

    def panic(self, when: When) -> None:
        """Silence all at that moment; the music goes on at the bar line after it, or with it."""
        tick = self._transport.tick
        if not self.playing or when is When.now:
            self._dispatch.tell(Panic(line_after(tick)))
        elif when > When.bar:
            self.panic_with = when
        else:
            at = _beat_after(tick) if when is When.beat else line_after(tick)
            self._dispatch.tell(Panic(line_after(at), at))

    def rewrite_soon(self, grain: int) -> None:
        """Have the rest of the bar decided last written anew, from a multiple of `grain` (ticks) on."""
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
                self.end()
        elif await self._until_decision(writer.line):
            if self.panic_with is not None and writer.boundary >= self.panic_with:
                self.panic_with = None
                self._dispatch.tell(Panic(writer.line, writer.line))
            begun = writer.decision is not None  # a phrase ends what has been playing, not what begins with it
            if begun and self.stop_with is not None and writer.boundary >= self.stop_with:
                self.stop_at(writer.line)
            else:
                self._rewrite_grain = None  # what was wished until now is heard in this bar
                await writer.next_bar()
                if writer.closing:
                    self.stop_at(writer.line)
        elif self._rewrite_grain is not None:
            grain, self._rewrite_grain = self._rewrite_grain, None
            await writer.rewrite(grain)

    async def _until_decision(self, line: int) -> bool:
        """Wait until the bar at `line` is to be decided, and learn how late we woke; False when something changed."""
        timeline, now = self._transport.timeline, self._transport.now
        moment = max(now(), timeline.time(line) - self._headroom.seconds)
        come = await self._until(line, self._headroom.seconds)
        if come and timeline is self._transport.timeline:  # else the moment itself has moved
            self._headroom.woke((now() - moment) * 1000.0)
        return come

    async def _until(self, tick: int, early: float) -> bool:
        """Wait for a moment of the music; False when something changed before."""
        waiter = asyncio.ensure_future(self._transport.wait_until(tick, early))
        change = asyncio.ensure_future(self._changed.wait())
        done, pending = await asyncio.wait({waiter, change}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        self._changed.clear()
        return waiter in done


def _beat_after(tick: float) -> int:
    return math.ceil(max(0.0, tick) / TICKS_PER_BEAT) * TICKS_PER_BEAT


def line_after(tick: float) -> int:
    """Return the bar line (tick) at or after `tick`."""
    return math.ceil(max(0.0, tick) / TICKS_PER_BAR) * TICKS_PER_BAR
