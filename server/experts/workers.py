"""Main's side of the expert worker: asks, keeps the time, kills and restarts."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from engines.conductor import BarChords
from engines.expert import ExpertError, HarmonyRequest, Request
from engines.note import Bar
from server.child import Child, start_child
from server.experts import worker
from server.experts.messages import Choose, Chose, Failed, FromWorker, Shelf, Summon, Summoned, ToWorker, Write, Wrote
from server.pipe import Pipe

STUCK_S = 1.0
"""A worker that owes an answer for so long past its deadline is stopped or looping: it is killed."""
MAX_DEATHS = 2
RESTART_S = 0.2
MAX_RESTART_S = 5.0


class Seat(msgspec.Struct, frozen=True):
    """An expert in the line-up; version "" = the one in use."""

    name: str
    version: str = ""


class LateError(ExpertError):
    """The answer did not come before the deadline, or the worker is still busy with an earlier one."""


class Answered(msgspec.Struct, frozen=True):
    """An answer and the milliseconds the expert took."""

    content: dict[str, Bar] | tuple[BarChords, ...]
    ms: float


class Experts(Protocol):
    """Where the band finds its experts; tests give it inline ones with a declared cost."""

    def summon(self, seat: Seat) -> None:
        """Have an expert made ready; `ready` tells when it is."""

    def ready(self, seat: Seat) -> bool:
        """Whether an expert can be asked."""

    def version(self, seat: Seat) -> str:
        """Return the version actually loaded, or ""."""

    async def ask(self, seat: Seat, request: Request | HarmonyRequest, within: float) -> Answered:
        """Return the answer; raise LateError after `within` seconds, ExpertError when it fails."""


class Workers:
    """One worker process behind the Experts protocol; lives on the event loop.

    on_summoned: told of every expert that became ready or was refused. on_restart: told why a worker was restarted.
    """

    def __init__(
        self,
        models: Path,
        on_summoned: Callable[[Summoned], None] = lambda _: None,
        on_restart: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare; `start` makes the process."""
        self._models = models
        self._on_summoned = on_summoned
        self._on_restart = on_restart
        self._ids = itertools.count(1)
        self._wanted: list[Seat] = []
        self._loading: list[Seat] = []
        self._deadly: Counter[Seat] = Counter()
        self._actual: dict[Seat, str] = {}
        self._waiting: dict[int, asyncio.Future[FromWorker]] = {}
        self._owed: int | None = None
        self._doom: asyncio.TimerHandle | None = None
        self._pause = RESTART_S
        self._news = asyncio.Event()
        self._closed = False
        self._child: Child | None = None
        self._starting: asyncio.Task[None] | None = None
        self._pipe: Pipe[ToWorker, FromWorker] | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the worker."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Make the process and summon everybody who was wanted; returns at once."""
        if not self._closed:
            self._starting = asyncio.get_running_loop().create_task(self._start(), name="expert worker")

    async def _start(self) -> None:
        child, connection = await asyncio.to_thread(start_child, worker.main)
        if self._closed:
            child.kill()
            connection.close()
            return
        loop = asyncio.get_running_loop()
        self._child = child
        self._pipe = Pipe(
            connection,
            FromWorker,
            lambda message: _quietly(loop, lambda: self._receive(message)),
            lambda: _quietly(loop, lambda: self._gone(child)),
        )
        self._pipe.send(Shelf(str(self._models)))
        self._loading = [seat for seat in self._wanted if self._send_for(seat)]

    def summon(self, seat: Seat) -> None:
        """Have an expert made ready."""
        if seat not in self._wanted:
            self._wanted.append(seat)
        elif seat in self._actual:
            return
        if self._send_for(seat):
            self._loading.append(seat)

    def _send_for(self, seat: Seat) -> bool:
        return self._pipe is not None and self._pipe.send(Summon(seat.name, seat.version))

    def ready(self, seat: Seat) -> bool:
        """Whether an expert can be asked."""
        return seat in self._actual

    def version(self, seat: Seat) -> str:
        """Return the version actually loaded, or ""."""
        return self._actual.get(seat, "")

    async def changed(self) -> None:
        """Wait until an expert became ready or was refused."""
        await self._news.wait()
        self._news.clear()

    async def ask(self, seat: Seat, request: Request | HarmonyRequest, within: float) -> Answered:
        """Return the answer; raise LateError after `within` seconds, ExpertError when it fails."""
        if self._pipe is None or not self.ready(seat):
            raise ExpertError(f"{seat.name} is not loaded yet")
        if self._owed is not None:
            raise LateError("its worker is still busy with an earlier bar")
        if within <= 0:
            raise LateError("no time left")
        number = next(self._ids)
        kind = Choose if isinstance(request, HarmonyRequest) else Write
        self._owed = number
        self._waiting[number] = future = asyncio.get_running_loop().create_future()
        self._pipe.send(kind(number, seat.name, seat.version, request))  # type: ignore[arg-type]
        try:
            answer = await asyncio.wait_for(future, within)
        except TimeoutError:
            raise LateError(f"no answer within {within * 1000:.0f} ms") from None
        finally:
            self._waiting.pop(number, None)
            if self._owed == number:  # late, or nobody waits for it any more: the worker has STUCK_S to come back
                self._doom = asyncio.get_running_loop().call_later(STUCK_S, self.kill)
        return _content(answer)

    def kill(self) -> None:
        """End the worker at once; another is started."""
        if self._child is not None:
            self._child.kill()

    def close(self) -> None:
        """End the worker for good."""
        self._closed = True
        if self._doom is not None:
            self._doom.cancel()
        if self._pipe is not None:
            self._pipe.close()
        if self._child is not None:
            self._child.kill()
            self._child.join(1.0)

    def _receive(self, message: FromWorker) -> None:
        if isinstance(message, Summoned):
            seat = Seat(message.name, message.version)
            self._loading = [s for s in self._loading if s != seat]
            if message.error:
                self._wanted = [s for s in self._wanted if s != seat]
            else:
                self._actual[seat] = message.actual
                self._pause = RESTART_S
            self._news.set()
            self._on_summoned(message)
            return
        if message.id == self._owed:
            self._owed = None
            if self._doom is not None:
                self._doom.cancel()
                self._doom = None
        future = self._waiting.get(message.id)
        if future is not None and not future.done():
            future.set_result(message)  # else it came too late: it is dropped, the understudy has played

    def _gone(self, child: Child) -> None:
        if self._closed or child is not self._child:
            return
        child.join(1.0)
        self._actual.clear()
        self._owed = None
        if self._doom is not None:
            self._doom.cancel()
            self._doom = None
        for number, future in self._waiting.items():
            if not future.done():
                future.set_result(Failed(number, "its worker died"))
        self._suspect()
        self._on_restart(f"expert worker ended ({_why(child.status)}); starting another")
        self._pipe = None
        asyncio.get_running_loop().call_later(self._pause, self.start)
        self._pause = min(MAX_RESTART_S, self._pause * 2)

    def _suspect(self) -> None:
        """Refuse an expert whose loading kills its worker again and again: the others shall play."""
        if not self._loading:
            return
        seat = self._loading[0]  # they are loaded in the order of asking
        self._deadly[seat] += 1
        if self._deadly[seat] >= MAX_DEATHS:
            self._wanted.remove(seat)
            self._on_summoned(Summoned(seat.name, seat.version, "", "its worker died of loading it"))


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
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
