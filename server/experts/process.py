"""WorkerProcess: main's side of one expert worker: starts it, asks it, kills it when it is stuck, starts another.

Laws: nothing here blocks the event loop; a request waits for an answer that may still be in time, never behind
one that is late; whoever waits for a worker that dies hears of it at once.
"""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Final

from engines.expert import ExpertError, HarmonyRequest, Request
from server.child import Child
from server.cradle import CANNOT_START, Cradle
from server.experts import worker
from server.experts.messages import Choose, Chose, Failed, FromWorker, Shelf, Summon, Summoned, ToWorker, Write, Wrote
from server.experts.seats import Answered, BusyError, LateError, Seat
from server.pipe import Pipe

MAX_DEATHS: Final = 2  # once may be somebody else's kill; a third life would cost the others another pause
RESTART_S: Final = 0.2  # a process that dies at once must not take the processor from those who play
MAX_RESTART_S: Final = 5.0  # no machine gets better by being asked more often; a performer waits no longer
JOIN_S: Final = 1.0  # a process whose pipe has closed is about to end, unless it is stuck in the kernel
LOAD_S: Final = 60.0  # a gigabyte from a slow card; what takes longer will never be done
UP: Final = "up"


class Debt:
    """An answer that the worker owes: to whom, until when (loop time, s)."""

    def __init__(self, number: int, seat: Seat, due: float) -> None:
        """Owe it from now on."""
        self.number, self.seat, self.due = number, seat, due
        self.answer: asyncio.Future[FromWorker] = asyncio.get_running_loop().create_future()


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
        self._on_summoned, self._on_trouble = on_summoned, on_trouble
        self.state = "starting"
        self._numbers = itertools.count(1)
        self._wanted: list[Seat] = []
        self._loading: list[Seat] = []
        self._deadly: Counter[Seat] = Counter()
        self._actual: dict[Seat, str] = {}
        self._owed: Debt | None = None
        self._doom: asyncio.TimerHandle | None = None
        self._load_doom: asyncio.TimerHandle | None = None
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
        """How many experts it holds or shall hold."""
        return len(self._wanted)

    def start(self) -> None:
        """Have a process made, and another whenever it ends; returns at once."""
        self._task = asyncio.get_running_loop().create_task(self._live(), name="expert worker")

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
        if seat in self._actual or seat in self._loading:
            return
        if seat not in self._wanted:
            self._wanted.append(seat)
        self._send_for(seat)

    def ready(self, seat: Seat) -> bool:
        """Whether an expert can be asked."""
        return seat in self._actual

    def version(self, seat: Seat) -> str:
        """Return the version actually loaded, or ""."""
        return self._actual.get(seat, "")

    def kill(self) -> None:
        """End the process at once; another is started."""
        if self._child is not None:
            self._child.kill()

    async def ask(self, seat: Seat, request: Request | HarmonyRequest, within: float) -> Answered:
        """Return the answer; raise LateError after `within` seconds, ExpertError when it fails."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        await self._wait_until_free(seat, end)
        if self._pipe is None or not self.ready(seat):
            raise ExpertError(f"{seat.name} is not loaded yet")
        if (left := end - loop.time()) <= 0:
            raise BusyError("no time left")
        debt = self._owed = Debt(next(self._numbers), seat, end)
        kind = Choose if isinstance(request, HarmonyRequest) else Write
        self._pipe.send(kind(debt.number, seat.name, seat.version, request))  # type: ignore[arg-type]
        self._doom = loop.call_at(end + self._stuck_s, self.kill)
        loads = bool(self._loading)
        await asyncio.wait({debt.answer}, timeout=left)
        if debt.answer.done():
            return _content(debt.answer.result())
        raise (BusyError if loads else LateError)(f"no answer within {within * 1000:.0f} ms")

    async def _wait_until_free(self, seat: Seat, end: float) -> None:
        """Return when nothing is owed; raise where what is owed is late, or lasts until `end` (loop time)."""
        while (debt := self._owed) is not None:
            left = min(end, debt.due) - asyncio.get_running_loop().time()
            if left <= 0:
                error = LateError if debt.seat == seat else BusyError
                raise error(f"its worker is still busy with an earlier bar of {debt.seat.name}")
            await asyncio.wait({debt.answer}, timeout=left)

    # The life of the process ------------------------------------------------------------------------------

    async def _live(self) -> None:
        """Keep a process running, until cancelled."""
        while True:
            try:
                await self._birth()
                await self._gone.wait()
                self.state = f"ended ({await self._bury()})"
            except CANNOT_START as error:
                self.kill()
                self._part(self._child)
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
        for seat in self._wanted:
            self._send_for(seat)
        self.state = UP

    async def _bury(self) -> str:
        """Take leave of a process that has ended or is about to; return why. Who waits for it hears of it first."""
        child = self._child
        self._part(child)
        if child is None:
            return ""
        if not await asyncio.to_thread(child.join, JOIN_S):
            child.kill()
            await asyncio.to_thread(child.join)
        return _why(child.status)

    def _part(self, child: Child | None) -> None:
        """Owe and know nothing any more; refuse an expert whose loading ends its worker again and again."""
        if self._pipe is not None:
            self._pipe.close()
        self._child, self._pipe = None, None
        self._actual.clear()
        self._settle(Failed(0, "its worker died"))
        loading, self._loading = self._loading, []
        self._watch_loading()
        if child is not None and loading:
            self._suspect(loading[0])  # they are loaded in the order of asking

    def _suspect(self, seat: Seat) -> None:
        self._deadly[seat] += 1
        if self._deadly[seat] >= MAX_DEATHS:
            self._wanted.remove(seat)
            self._on_summoned(Summoned(seat.name, seat.version, "", "its worker died of loading it"))

    def _send_for(self, seat: Seat) -> None:
        if self._pipe is not None and self._pipe.send(Summon(seat.name, seat.version)):
            self._loading.append(seat)
            if len(self._loading) == 1:
                self._watch_loading()

    def _watch_loading(self) -> None:
        """Give the expert that is being loaded its time."""
        if self._load_doom is not None:
            self._load_doom.cancel()
        loop = asyncio.get_running_loop()
        self._load_doom = loop.call_later(LOAD_S, self.kill) if self._loading else None

    def _receive(self, child: Child, message: FromWorker) -> None:
        if child is not self._child:
            return  # last words of a worker already replaced
        if isinstance(message, Summoned):
            self._summoned(message)
        elif self._owed is not None and message.id == self._owed.number:
            self._settle(message)

    def _summoned(self, message: Summoned) -> None:
        seat = Seat(message.name, message.version)
        self._loading = [s for s in self._loading if s != seat]
        self._watch_loading()
        if message.error:
            self._wanted = [s for s in self._wanted if s != seat]
        else:
            self._actual[seat] = message.actual
            self._pause = RESTART_S
        self._on_summoned(message)

    def _settle(self, answer: FromWorker) -> None:
        """Take the answer that is owed; one that comes too late has nobody who waits for it any more."""
        debt, self._owed = self._owed, None
        if self._doom is not None:
            self._doom.cancel()
            self._doom = None
        if debt is not None:
            debt.answer.set_result(answer)


def _content(answer: FromWorker) -> Answered:
    match answer:
        case Wrote():
            return Answered(answer.bars, answer.ms)
        case Chose():
            return Answered(answer.chords, answer.ms)
        case Failed():
            raise ExpertError(answer.reason)
    raise ExpertError("unexpected answer")


def _why(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _quietly(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has closed
        loop.call_soon_threadsafe(callback)
