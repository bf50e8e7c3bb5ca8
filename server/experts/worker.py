"""The expert worker: one process, one request at a time, no state but the experts it was told to summon.

A native crash, a runaway model or a stuck kernel ends here; main plays its understudies and starts another. Experts
are loaded one after the other on a thread of their own: a swap must not make those late who play.
"""

import contextlib
import gc
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec

from engines.card import Card
from engines.expert import ExpertError, check_bars
from engines.library import Library
from server.experts.messages import (
    Choose,
    Chose,
    Failed,
    Follow,
    Followed,
    FromWorker,
    Shelf,
    Summon,
    Summoned,
    ToWorker,
    Wrote,
)
from server.priority import EXPERTS, ask, give_way

SWITCH_INTERVAL_S: Final = 0.0005
"""Who loads hands the interpreter back so soon: a bar asks for it again after each of its hundred runs of a graph."""


def main(connection: "Connection[Any, Any]") -> None:
    """Serve requests until main hangs up; the first message is the Shelf."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # the terminal's signals are for main, which hangs up
    ask(EXPERTS)
    give_way()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    decoder: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
    gc.disable()  # a collection in the middle of a bar is a late bar; between bars it costs nothing
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        shelf = decoder.decode(connection.recv_bytes())
        assert isinstance(shelf, Shelf)
        worker, tell = Worker(Library(Path(shelf.folder))), _teller(connection)
        summons: queue.SimpleQueue[Summon] = queue.SimpleQueue()
        threading.Thread(target=_load, args=(worker, summons, tell), daemon=True, name="loader").start()
        while True:
            message = decoder.decode(connection.recv_bytes())
            if isinstance(message, Summon):
                summons.put(message)
                continue
            tell(worker.answer(message))
            gc.collect(0)


def _teller(connection: "Connection[Any, Any]") -> Callable[[FromWorker], None]:
    """Return what sends a message whole, from any thread."""
    sending = threading.Lock()

    def tell(message: FromWorker) -> None:
        data = msgspec.msgpack.encode(message)
        with sending:
            connection.send_bytes(data)

    return tell


def _load(worker: "Worker", summons: "queue.SimpleQueue[Summon]", tell: Callable[[FromWorker], None]) -> None:
    """Load who is summoned, in order, until main hangs up."""
    with contextlib.suppress(OSError):
        while True:
            tell(worker.answer(summons.get()))


class Worker:
    """Answers one message with one message; never raises for what an expert does. Summons may come beside questions."""

    def __init__(self, library: Library) -> None:
        """Start with nobody summoned."""
        self._library = library
        self._experts: dict[tuple[str, str], Any] = {}

    def answer(self, message: ToWorker) -> FromWorker:
        """Do what main asks."""
        if isinstance(message, Summon):
            return self._summon(message)
        if isinstance(message, Shelf):
            return Failed(0, "the shelf was told before")
        expert = self._experts.get((message.name, message.version))
        if expert is None:
            return Failed(message.id, f"{message.name} {message.version} is not loaded")
        began = time.perf_counter()
        try:
            if isinstance(message, Choose):
                chords = expert.choose(message.request)
                return Chose(message.id, chords, _ms(began))
            if isinstance(message, Follow):
                visit = expert.choose(message.request)
                return Followed(message.id, visit, _ms(began))
            bars = check_bars(message.request, expert.write(message.request))
            return Wrote(message.id, bars, _ms(began))
        except ExpertError as error:
            return Failed(message.id, str(error))
        except Exception as error:  # an expert's own bug is the expert's fault, not ours
            return Failed(message.id, f"{type(error).__name__}: {error}")

    def _summon(self, message: Summon) -> Summoned:
        try:
            card = self._library.card(message.name, message.version or None)
            expert = _loader(self._library, card)(message.name, card.version)
        except Exception as error:  # whatever a file on the shelf does to its loader: the others play on
            return Summoned(message.name, message.version, "", str(error) or type(error).__name__)
        self._experts[message.name, message.version] = expert
        return Summoned(message.name, message.version, expert.version)


def _loader(library: Library, card: Card) -> Callable[[str, str], Any]:
    """Return what loads an expert of this kind."""
    if card.voices:
        return library.load
    return library.load_form if card.kind == "form" else library.load_harmony


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000.0
