"""Workers: the experts dealt out to one or more worker processes.

Law: an expert lives in one worker. Where each has a worker of its own, one that is late, stuck or crashing takes
nobody else with it.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from engines.composer import Question
from engines.expert import ExpertError
from server.experts.messages import Summoned
from server.experts.process import WorkerProcess
from server.experts.seats import Answered, Seat


class Workers:
    """`count` worker processes behind the Experts protocol; lives on the event loop.

    on_summoned: told of every expert that became ready or was refused.  on_trouble: told in words why a worker has
    ended or cannot start.  stuck_s: a worker that owes an answer so long past its deadline is killed.
    """

    def __init__(
        self,
        models: Path,
        on_summoned: Callable[[Summoned], None] = lambda _: None,
        on_trouble: Callable[[str], None] = lambda _: None,
        *,
        count: int = 1,
        stuck_s: float = 1.0,
    ) -> None:
        """Prepare; `start` makes the processes."""
        self._on_summoned = on_summoned
        self._processes = [WorkerProcess(str(models), stuck_s, self._summoned, on_trouble) for _ in range(count)]
        self._homes: dict[Seat, WorkerProcess] = {}
        self._news = asyncio.Event()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process numbers of the workers, 0 = none now."""
        return tuple(process.pid for process in self._processes)

    @property
    def state(self) -> str:
        """How the workers are: up, starting, or why not; one for all where all are the same."""
        return "; ".join(dict.fromkeys(process.state for process in self._processes))

    def start(self) -> None:
        """Make the processes and summon everybody who was wanted; returns at once."""
        for process in self._processes:
            process.start()

    async def close(self) -> None:
        """End the workers for good."""
        await asyncio.gather(*(process.close() for process in self._processes))

    def summon(self, seat: Seat) -> None:
        """Have an expert made ready, by the worker that has the fewest."""
        home = self._homes.setdefault(seat, min(self._processes, key=lambda process: process.load))
        home.summon(seat)

    def ready(self, seat: Seat) -> bool:
        """Whether an expert can be asked."""
        return seat in self._homes and self._homes[seat].ready(seat)

    def version(self, seat: Seat) -> str:
        """Return the version actually loaded, or ""."""
        return self._homes[seat].version(seat) if seat in self._homes else ""

    async def changed(self) -> None:
        """Wait until an expert became ready or was refused."""
        await self._news.wait()
        self._news.clear()

    async def ask(self, seat: Seat, request: Question, within: float) -> Answered:
        """Return the answer; raise LateError after `within` seconds, ExpertError when it fails."""
        if seat not in self._homes:
            raise ExpertError(f"{seat.name} is not loaded yet")
        return await self._homes[seat].ask(seat, request, within)

    def _summoned(self, summoned: Summoned) -> None:
        if summoned.error:
            self._homes.pop(Seat(summoned.name, summoned.version), None)
        self._news.set()
        self._on_summoned(summoned)
