"""The application: opens the house, plays when asked to, and closes it in order.

Law: whatever ends it, the player process releases every note.
"""

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from server.config import Config
from server.guard import BEAT, BEAT_S, RESUME, ending
from server.house import House
from server.priority import MAIN, ask
from server.resume import Resume, find
from server.status import status

log = logging.getLogger("melody-engine")

READY_S = 1.2
"""How long the first bar waits for the learned experts before the understudies begin without them."""
SWITCH_INTERVAL_S = 0.0005
"""Python threads hand over the interpreter after so long: a note must not wait for a thread's turn."""


def run(
    config: Config,
    *,
    lan: bool = False,
    record: Path | str | None = None,
    bars: int | None = None,
    autoplay: bool = False,
) -> int:
    """Serve until a signal or the end of `bars`; return the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    ask(MAIN)
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with contextlib.suppress(ImportError):
        import uvloop

        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(serve(config, lan=lan, record=record, bars=bars, autoplay=autoplay))
    return 0


async def serve(config: Config, *, lan: bool, record: Path | str | None, bars: int | None, autoplay: bool) -> None:
    """Run the server until it is asked to end."""
    resume = find()
    house = House(steered(config) if autoplay else config, lan=lan, record=record, resume=resume)
    house.front.report = lambda: status(house)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ending():
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, ended.set)
    if RESUME in os.environ:
        _end_with_guard(loop, ended)
    async with house.open():
        house.performance.limit.set(bars, ended.set, begun=resume.stood.bars if resume else 0)
        if BEAT in os.environ:
            _beat(loop, int(os.environ[BEAT]))
        await _begin(house, resume, autoplay=autoplay)
        await ended.wait()


def _beat(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    """Tell the guard from now on that the loop turns."""
    os.set_blocking(descriptor, False)
    with contextlib.suppress(OSError):  # a guard that is stopped reads later; one that is gone is noticed elsewhere
        os.write(descriptor, b".")
    loop.call_later(BEAT_S, _beat, loop, descriptor)


def steered(config: Config) -> Config:
    """Return the configuration with the autopilot on from the start: whatever is said later can take it off."""
    return replace(config, start=replace(config.start, autopilot=True))


async def _begin(house: House, resume: Resume | None, *, autoplay: bool) -> None:
    """Play as the main before us did, else by ourselves where that is asked for, else wait for `/play`.

    Law: whoever has said play, stop or continue meanwhile is obeyed.
    """
    wanted, start = autoplay, house.performance.play
    if resume is not None and resume.stood.begun:
        log.warning("resuming at bar %d", resume.stood.cursor.bar)
        wanted, start = resume.stood.playing, house.performance.resume
    if wanted:
        await house.ready(READY_S)
        if not house.performance.conducted:
            start()


def _end_with_guard(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """End when standard input closes, whose other end the guard holds."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has closed: we are ending anyway
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch, name="guard", daemon=True).start()
