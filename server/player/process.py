"""The player process: opens the ports, plays what main sends, releases everything when main goes.

It lives in plain threads; its main thread waits on absolute monotonic time. Whatever ends it in order (Quit, the
pipe closed, SIGTERM, an error of ours) passes through the release of every note.
"""

import contextlib
import faulthandler
import gc
import importlib
import os
import signal
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any, Final

import msgspec

from server.drivers.backend import open_sink, open_tape
from server.pipe import Pipe
from server.player.config import Boot
from server.player.intake import Intake
from server.player.messages import Connections, FromPlayer, Ports, Quit, ToPlayer
from server.player.pacer import Pacer
from server.player.player import Player

PULSE_S: Final = 0.05
INTAKE_S: Final = 0.002
DRAIN_S: Final = 0.2
REALTIME_PRIORITY: Final = 5  # below JACK's own threads (10 and more)


def main(connection: "Connection[Any, Any]") -> None:
    """Entry of the process, which begins to play when a Boot comes, in msgpack: until then it is a warm spare.

    Exits without interpreter shutdown: libraries may hang in it.
    """
    status = 1
    try:
        _prepare()
        Session(connection, msgspec.msgpack.decode(connection.recv_bytes(), type=Boot)).run()
        status = 0
    except EOFError:
        status = 0  # a spare that was not needed
    except Exception:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


class Session:
    """One life of the player."""

    def __init__(self, connection: "Connection[Any, Any]", boot: Boot) -> None:
        """Open everything."""
        self._pacer: Pacer[ToPlayer | None] = Pacer()
        self._pipe: Pipe[FromPlayer, ToPlayer] = Pipe(
            connection, ToPlayer, self._pacer.put, lambda: self._pacer.put(Quit())
        )
        signal.signal(signal.SIGTERM, lambda *_: self._pacer.put(Quit()))
        self._intake = Intake(lambda: self._pacer.put(None))
        self._sink = open_sink(boot, self._intake)
        self._tape = open_tape(boot)
        self._player = Player(boot.midi, self._sink, self._tape, self._pipe.send)
        self._ports: Ports | None = None
        self._connections = Connections(boot.connections)
        self._pulse_at = self._intake_at = 0.0

    def run(self) -> None:
        """Play until told to quit; then release everything and close."""
        _freeze()
        try:
            while not isinstance(message := self._wait(), Quit):
                now = time.monotonic()
                if message is not None:
                    self._player.receive(message, now)
                self._player.step(time.monotonic())
                self._sink.flush(time.monotonic())
                self._tell(now)
        finally:
            self._player.release_all(time.monotonic())
            self._sink.flush(time.monotonic())
            self._sink.close()
            self._tape.close()
            self._pipe.close(DRAIN_S)

    def _wait(self) -> ToPlayer | None:
        moments = [self._pulse_at, self._intake_at] if self._intake else [self._pulse_at]
        due = self._sink.due()
        moments += [moment for moment in (self._player.next_time(), due) if moment is not None]
        until = min(moments)
        return self._pacer.wait(until, spin=until == due)

    def _tell(self, now: float) -> None:
        """Pass on what came in; every PULSE_S the heartbeat and what has changed."""
        if self._intake and now >= self._intake_at:
            self._intake_at = now + INTAKE_S
            for message in self._intake.take():
                self._pipe.send(message)
        if now < self._pulse_at:
            return
        self._pulse_at = now + PULSE_S
        self._player.watch(now)
        self._pipe.send(self._player.tally.pulse(now, self._player.sounding))
        ports = Ports((*self._sink.states(), *self._tape.states()))
        if ports != self._ports:
            self._ports = ports
            self._pipe.send(ports)
        connections = Connections(self._sink.connections())
        if connections != self._connections:
            self._connections = connections
            self._pipe.send(connections)


def _prepare() -> None:
    """Import what is slow, ignore the terminal's interrupt (main decides), ask for punctual scheduling."""
    importlib.import_module("server.drivers.recorder")  # not the MIDI drivers: each brings a libjack of its own
    faulthandler.enable()  # a driver that crashes says where
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(0.0005)
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
        return
    with contextlib.suppress(OSError, AttributeError):
        os.nice(-10)


def _freeze() -> None:
    """Take all that lives now out of later collections, which then are too short to make a note late."""
    gc.collect()
    gc.freeze()
