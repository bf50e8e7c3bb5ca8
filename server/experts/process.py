"""WorkerProcess: main's side of one expert worker: starts it, asks it, kills it when it is stuck, starts another.

Laws: nothing here blocks the event loop; a request waits for an answer that may still be in time, never behind
one that is late; whoever waits for a worker that dies hears of it at once.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from typing import Final

from engines.composer import Question
from engines.expert import ExpertError
from server.child import Child
from server.cradle import CANNOT_START, Cradle
from server.experts import worker
from server.experts.debt import Debt, content
from server.experts.messages import Failed, FromWorker, Shelf, Summon, Summoned, ToWorker, question
from server.experts.roll import Roll
from server.experts.seats import Answered, BusyError, LateError, Seat
from server.loud import loud
from server.pipe import Pipe

RESTART_S: Final = 0.2  # a process that dies at once must not take the processor from those who play
MAX_RESTART_S: Final = 5.0  # no machine gets better by being asked more often; a performer waits no longer
JOIN_S: Final = 1.0  # a process whose pipe has closed is about to end, unless it is stuck in the kernel
UP: Final = "up"


class WorkerProcess:
    """One worker, whichever process it is; all methods belong to the event loop.

    on_summoned: told of every expert that became ready or was refused.  on_trouble: told in words why a worker has
    ended or cannot start.  stuck_s: a worker that owes an answer so long past its deadline is killed.
    """

    def __init__(
        self, folder: str, stuck_s: float, on_summoned: Callable[[Summoned], None], on_trouble: Callable[[str], None]
    ) -> None:
        """Prepare; `start` makes the process."""
        self._folder, self._stuck_s = folder, stuck_s
        self._on_trouble = on_trouble
        self.state = "starting"
        self._numbers = itertools.count(1)
        self._roll = Roll(self._send_for, self.kill, on_summoned)
        self._owed: Debt | None = None
        self._doom: asyncio.TimerHandle | None = None
        self._pause = RESTART_S
        self._cradle = Cradle(worker.main)
        self._child: Child | None = None
        self._pipe: Pipe[ToWorker, FromWorker] | None = None
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process number of the worker, 0 while there is none."""
        return self._child.pid if self._child is not None else 0

    @property
    def load(self) -> int:
        """How many experts it has or shall have."""
        return len(self._roll.wanted)

    def start(self) -> None:
        """Have a process made, and another whenever it ends; returns at once."""
        self._task = loud(asyncio.get_running_loop().create_task(self._live(), name="expert worker"))

    async def close(self) -> None:
        """End the worker for good."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.kill()
        await self._bury()
        await self._cradle.close()

    def summon(self, seat: Seat) -> None:
        """Have an expert made ready."""
        self._roll.summon(seat)

    def ready(self, seat: Seat) -> bool:
        """Whether an expert can be asked."""
        return seat in self._roll.ready

    def version(self, seat: Seat) -> str:
        """Return the version actually loaded, or ""."""
        return self._roll.ready.get(seat, "")

    def kill(self) -> None:
        """End the process at once; another is started."""
        if self._child is not None:
            self._child.kill()

    async def ask(self, seat: Seat, request: Question, within: float) -> Answered:
        """Return the answer; raise LateError after `within` seconds, ExpertError when it fails."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        await self._wait_until_free(seat, end)
        if self._pipe is None or not self.ready(seat):
            raise ExpertError(f"{seat.name} is not loaded yet")
        if (left := end - loop.time()) <= 0:
            raise BusyError("no time left")
        debt = self._owed = Debt(next(self._numbers), seat, end)
        self._pipe.send(question(debt.number, seat.name, seat.version, request))
        self._doom = loop.call_at(end + self._stuck_s, self.kill)
        loads = bool(self._roll.loading)
        await asyncio.wait({debt.answer}, timeout=left)
        if debt.answer.done():
            return content(debt.answer.result())
        raise (BusyError if loads else LateError)(f"no answer within {within * 1000:.0f} ms")

    async def _wait_until_free(self, seat: Seat, end: float) -> None:
        """Return when nothing is owed; raise where what is owed is late, or lasts until `end` (loop time)."""
        while (debt := self._owed) is not None:
            left = min(end, debt.due) - asyncio.get_running_loop().time()
            if left <= 0:
                error = LateError if debt.seat == seat else BusyError
                raise error(f"its worker is still busy with an earlier bar of {debt.seat.name}")
            await asyncio.wait({debt.answer}, timeout=left)

    async def _live(self) -> None:
        """Keep a process running, until cancelled."""
        while True:
            try:
                await self._birth()
                await self._gone.wait()
                self.state = f"ended ({await self._bury()})"
            except CANNOT_START as error:
                self.kill()
                self._part()
                self.state = f"cannot start: {error}"
            self._on_trouble(f"expert worker {self.state}; starting another")
            await asyncio.sleep(self._pause)
            self._pause = min(MAX_RESTART_S, self._pause * 2)

    async def _birth(self) -> None:
        """Make a process that loads everybody who is wanted."""
        loop, self._gone = asyncio.get_running_loop(), (gone := asyncio.Event())
        self._child, connection = await self._cradle.take()
        child = self._child
        self._pipe = Pipe(
            connection,
            FromWorker,
            lambda message: _quietly(loop, lambda: self._receive(child, message)),
            lambda: _quietly(loop, gone.set),
        )
        self._pipe.send(Shelf(self._folder))
        self._roll.summon_all()
        self.state = UP

    async def _bury(self) -> str:
        """Take leave of a process that has ended or is about to; return why. Who waits for it hears of it first."""
        child = self._child
        self._part()
        if child is None:
            return ""
        if not await asyncio.to_thread(child.join, JOIN_S):
            child.kill()
            await asyncio.to_thread(child.join)
        return child.end

    def _part(self) -> None:
        """Owe and know nothing any more."""
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None
        self._settle(Failed(0, "its worker died"))
        if self._child is not None:
            self._child = None
            self._roll.lose()

    def _send_for(self, seat: Seat) -> bool:
        return self._pipe is not None and self._pipe.send(Summon(seat.name, seat.version))

    def _receive(self, child: Child, message: FromWorker) -> None:
        if child is not self._child:
            return  # last words of a worker already replaced
        if isinstance(message, Summoned):
            if not message.error:
                self._pause = RESTART_S
            self._roll.hear(message)
        elif self._owed is not None and message.id == self._owed.number:
            self._settle(message)

    def _settle(self, answer: FromWorker) -> None:
        """Take the answer that is owed; one that comes too late has nobody who waits for it any more."""
        debt, self._owed = self._owed, None
        if self._doom is not None:
            self._doom.cancel()
            self._doom = None
        if debt is not None:
            debt.answer.set_result(answer)


def _quietly(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has closed
        loop.call_soon_threadsafe(callback)
