"""An asyncio loop in virtual time: it never blocks; where it would sleep, its clock jumps to the next timer.

Sessions of hours run in moments, and lateness, deadlines and tempo ramps are exact and repeatable. For code
without real sockets, threads or processes. Time starts at 0: at large times floats grow too coarse to add to.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class DeadlockError(RuntimeError):
    """Every task waits and no timer is set: nothing can ever happen again."""


class _Jump(selectors.DefaultSelector):
    """Adds the timeout to `now` (s) instead of sleeping through it; `turn_s`: what a turn of the loop takes."""

    now = turn_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise DeadlockError("all tasks wait, nothing is ready and no timer is set")
        self.now += self.turn_s + (0 if ready else max(timeout or 0.0, 0.0))
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The stock loop on a clock that jumps; `busy` lets each of its turns take time."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now

    def busy(self, turn_s: float) -> None:
        """From now on every turn takes so many seconds, as if others had much to do in each."""
        self._jump.turn_s = turn_s


def now() -> float:
    """Return the virtual time (s) of the running loop: the clock to hand to code that takes one."""
    return asyncio.get_running_loop().time()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time; tasks left over are cancelled."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


async def passing(seconds: float = 0.0) -> None:
    """Let time pass on the running loop, virtual or not; 0 gives the others a turn."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_later(seconds, lambda: passed.done() or passed.set_result(None))
    await passed


class _Turn:
    """Comes back with the loop's next turn."""

    def __await__(self) -> Generator[None, None, None]:
        yield


async def turns(count: int = 1) -> None:
    """Let everything that is ready have its turn, `count` times; no time passes."""
    for _ in range(count):
        await _Turn()
