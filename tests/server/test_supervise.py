import asyncio
import os
import signal
import subprocess

import pytest

from engines.note import Note
from server import cradle, supervise
from server.child import start_child
from server.player.config import MidiConfig
from server.player.messages import Connections, Load, Pulse, Sounded, Start, Stop
from server.supervise import PlayerProcess
from server.timeline import Timeline
from tests.server import fake_player

WAIT_S = 20.0
START = Start(0, Timeline(120.0, 0, 0.0))


@pytest.fixture(autouse=True)
def _fake(monkeypatch):
    monkeypatch.setattr(supervise, "player_main", fake_player.obedient)


class Watched:
    """A supervised player and everything that it tells."""

    def __init__(self):
        self.player, self.told, self.restarts = PlayerProcess(MidiConfig()), asyncio.Queue(), asyncio.Queue()
        self.player.on_message(self.told.put_nowait)
        self.player.on_restart(lambda: self.restarts.put_nowait(self.player.pid))

    async def hear(self, kind, wanted=lambda _: True):
        async with asyncio.timeout(WAIT_S):
            while not (isinstance(message := await self.told.get(), kind) and wanted(message)):
                pass
        return message


def scene(play):
    async def run():
        watched = Watched()
        await watched.player.start()
        try:
            await play(watched)
        finally:
            await watched.player.close()

    asyncio.run(run())


def test_the_player_is_fed_with_beats_and_quits_in_order():
    async def play(watched):
        pid = watched.player.pid
        assert (await watched.hear(Pulse)).pressed == pid
        await watched.hear(Pulse)
        await watched.player.close()
        assert watched.player.pid is None
        assert not watched.player.send(Stop())
        assert watched.player.restarts == 0

    scene(play)


@pytest.mark.parametrize("blow", ["kill", "freeze"])
def test_a_dead_or_silent_player_is_replaced_and_told_what_it_must_know(blow):
    async def play(watched):
        watched.player.send(START)
        await watched.hear(Sounded)
        victim = watched.player.pid
        if blow == "kill":
            os.kill(victim, signal.SIGKILL)
        else:
            watched.player.send(Stop())
        pulse = await watched.hear(Pulse, lambda pulse: pulse.pressed != victim)
        assert pulse.released == 1  # again
        assert pulse.sounding == 1  # the note that was held
        assert await asyncio.wait_for(watched.restarts.get(), WAIT_S) == watched.player.pid != victim
        watched.player.send(START)
        assert len((await watched.hear(Connections)).pairs) == 2
        assert watched.player.restarts == 1

    scene(play)


def test_a_player_that_cannot_be_started_is_tried_again(monkeypatch):
    refused = []

    def start(target):
        if len(refused) < 3:
            refused.append(target)
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return start_child(target)

    async def play(watched):
        victim = watched.player.pid
        monkeypatch.setattr(cradle, "start_child", start)
        os.kill(victim, signal.SIGKILL)
        assert await asyncio.wait_for(watched.restarts.get(), WAIT_S) == watched.player.pid != victim
        assert len(refused) == 3
        assert watched.player.restarts == 1

    scene(play)


def test_a_main_that_was_frozen_blames_nobody():
    async def play(watched):
        pid = watched.player.pid
        subprocess.run(["sleep", "0.6"], check=True)  # noqa: ASYNC221 - main stands still, its loop with it
        await watched.hear(Pulse)
        await watched.hear(Pulse)
        assert watched.player.pid == pid
        assert watched.player.restarts == 0

    scene(play)


def test_sending_to_a_stopped_player_never_blocks():
    async def play(watched):
        os.kill(watched.player.pid, signal.SIGSTOP)
        bar = Load(0, 0, 0, {"lead": tuple(Note(0, 480, 60, 90) for _ in range(500))})
        while watched.player.send(bar):
            pass
        await asyncio.wait_for(watched.restarts.get(), WAIT_S)

    scene(play)
