"""Fixtures of the end-to-end tests: a private JACK server, an ear on it, and a player that is fed like by main."""

import asyncio
import contextlib
import time
from typing import Self

from engines.note import Note
from engines.units import TICKS_PER_BAR, VOICES
from server.player.config import PORTS, MidiConfig
from server.player.messages import Connections, Load, Ports, Pulse, Sounded, Start
from server.supervise import PlayerProcess
from server.timeline import Timeline
from tools.jack_ruler import JackEar, JackServer, jack_server

__all__ = ["PORTS", "STEADY", "Feeder", "JackEar", "JackServer", "jack_server"]

STEADY = 2048
"""Frames of a period (43 ms): a machine that stands still for less loses no cycle, with what was sent in it. Frames are as
exact as in a short one."""
BPM = 240.0  # a bar lasts a second
BAR = {
    voice: tuple(Note(step * 120, 110, 48 + 5 * index + step % 4, 100) for step in range(16))
    for index, voice in enumerate(VOICES)
}


class Feeder:
    """Plays main's part: keeps the player fed a bar ahead, and starts it again when it had to be replaced."""

    def __init__(self, server: JackServer, record: str | None = None, **midi: object) -> None:
        config = MidiConfig(**{"backend": "jack", "jack_server": server.name, **midi})  # type: ignore[arg-type]
        self.player = PlayerProcess(config, record)
        self.ports: Ports | None = None
        self.connections: tuple[tuple[str, str], ...] = ()
        self.pulse: Pulse | None = None
        self.sounded: list[Sounded] = []
        self.timeline = Timeline(BPM, 0, 0.0)
        self.bar, self.content = 0, BAR
        self._news = asyncio.Event()
        self.player.on_message(self._hear)
        self.player.on_restart(self.play)

    async def __aenter__(self) -> Self:
        await self.player.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.player.close()

    def play(self) -> None:
        """Start at the next bar, 0.1 s from now."""
        tick = self.bar * TICKS_PER_BAR
        self.timeline = Timeline(BPM, tick, time.monotonic() + 0.1)
        self.player.send(Start(tick, self.timeline, fresh=self.bar == 0))
        self._feed()

    async def until(self, predicate, timeout=10.0):  # noqa: ASYNC109 - it looks more often than it waits
        """Wait until `predicate()` holds, looking whenever the player has told something; fails after `timeout` s."""
        end = time.monotonic() + timeout
        while not predicate():
            assert time.monotonic() < end, "waited in vain"
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 0.1)

    def _feed(self) -> None:
        self.player.send(Load(self.bar, self.bar * TICKS_PER_BAR, 0, self.content))
        self.bar += 1

    def _hear(self, message: object) -> None:
        match message:
            case Ports():
                self.ports = message
            case Connections(pairs):
                self.connections = pairs
            case Pulse():
                self.pulse = message
            case Sounded():
                self.sounded.append(message)
                if message.tick // TICKS_PER_BAR == self.bar - 1:
                    self._feed()
            case _:
                pass
        self._news.set()

    def state(self, port: str = "lead") -> str:
        """State of a port as last told."""
        return next((p.state for p in self.ports.ports if p.name == port), "") if self.ports else ""
