"""Main's side of the expert worker: asks, keeps the time, kills and restarts."""

import asyncio
import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from engines.conductor import BarChords
from engines.expert import ExpertError, HarmonyRequest, Request
from engines.note import Bar
from server.experts import worker
from server.experts.messages import Choose, Chose, Failed, FromWorker, Summon, Summoned, ToWorker, Write, Wrote
from server.pipe import Pipe

STUCK_S = 1.0
"""A worker that owes an answer for so long past its deadline is stopped or looping: it is killed."""
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
        self._context = multiprocessing.get_context("spawn")
        self._ids = itertools.count(1)
        self._wanted: list[Seat] = []
        self._actual: dict[Seat, str] = {}
        self._waiting: dict[int, asyncio.Future[FromWorker]] = {}
        self._owed: int | None = None
        self._doom: asyncio.TimerHandle | None = None
        self._pause = RESTART_S
        self._news = asyncio.Event()
        self._closed = False
        self._process: Any = None
        self._pipe: Pipe[ToWorker, FromWorker] | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the worker."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Make the process and summon everybody who was wanted."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        ours, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=worker.main, args=(theirs, str(self._models)), daemon=True, name="melody-engine experts"
        )
        self._process.start()
        theirs.close()
        process = self._process
        self._pipe = Pipe(
            ours,
            FromWorker,
            lambda message: _quietly(loop, lambda: self._receive(message)),
            lambda: _quietly(loop, lambda: self._gone(process)),
        )
        for seat in self._wanted:
            self._pipe.send(Summon(seat.name, seat.version))

    def summon(self, seat: Seat) -> None:
        """Have an expert made ready."""
        if seat not in self._wanted:
            self._wanted.append(seat)
        elif seat in self._actual:
            return
        if self._pipe is not None:
            self._pipe.send(Summon(seat.name, seat.version))

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
            self._doom = asyncio.get_running_loop().call_later(STUCK_S, self.kill)
            raise LateError(f"no answer within {within * 1000:.0f} ms") from None
        finally:
            self._waiting.pop(number, None)
        return _content(answer)

    def kill(self) -> None:
        """End the worker at once; another is started."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

    def close(self) -> None:
        """End the worker for good."""
        self._closed = True
        if self._doom is not None:
            self._doom.cancel()
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(1.0)

    def _receive(self, message: FromWorker) -> None:
        if isinstance(message, Summoned):
            seat = Seat(message.name, message.version)
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

    def _gone(self, process: Any) -> None:
        if self._closed or process is not self._process:
            return
        process.join(1.0)
        self._actual.clear()
        self._owed = None
        for number, future in self._waiting.items():
            if not future.done():
                future.set_result(Failed(number, "its worker died"))
        self._on_restart(f"expert worker ended ({_why(process.exitcode)}); starting another")
        self._pipe = None
        asyncio.get_running_loop().call_later(self._pause, self.start)
        self._pause = min(MAX_RESTART_S, self._pause * 2)


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
