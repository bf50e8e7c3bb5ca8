"""The expert worker: one process, one request at a time, no state but the experts it was told to summon.

A native crash, a runaway model or a stuck kernel ends here; main plays its understudies and starts another.
"""

import contextlib
import gc
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from engines.card import Card
from engines.expert import ExpertError, check_bars
from engines.library import Library, LibraryError
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
from server.priority import EXPERTS, ask


def main(connection: "Connection[Any, Any]") -> None:
    """Serve requests until main hangs up; the first message is the Shelf."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # the terminal's signals are for main, which hangs up
    ask(EXPERTS)
    decoder: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
    encoder = msgspec.msgpack.Encoder()
    gc.disable()  # a collection in the middle of a bar is a late bar; between bars it costs nothing
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        shelf = decoder.decode(connection.recv_bytes())
        assert isinstance(shelf, Shelf)
        worker = Worker(Library(Path(shelf.folder)))
        while True:
            answer = worker.answer(decoder.decode(connection.recv_bytes()))
            connection.send_bytes(encoder.encode(answer))
            gc.collect(0)


class Worker:
    """Answers one message with one message; never raises for what an expert does."""

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
        except (LibraryError, OSError, ValueError) as error:
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
