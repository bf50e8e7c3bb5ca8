"""The rtmidi driver for real: on this kind of machine through RtMidi's own JACK, which freezes when the server dies."""

import asyncio

import pytest

from engines.note import Note
from engines.units import VOICES
from server.player.config import PORTS
from server.player.messages import Stop
from server.player.wire import NOTE_ON
from tests.e2e.jackd import Feeder, JackEar, jack_server

DENSE = {voice: tuple(Note(step * 20, 15, 20 + step, 100) for step in range(96)) for voice in VOICES}

pytestmark = pytest.mark.e2e


def sources(server):
    """RtMidi opens one client a port: melody-engine:lead, melody-engine-01:bass and so on."""
    return {name.rpartition(":")[2]: name for name in server.ports("melody-engine") if not name.startswith("ear")}


def presses(ear):
    return [h for h in list(ear.heard) if h.data[0] & 0xF0 == NOTE_ON]


async def listening(feeder, server):
    await feeder.until(lambda: feeder.state() == "open")
    ear = JackEar(server, PORTS)
    ear.connect_to(sources(server))
    return ear


def test_notes_sound_on_virtual_ports_and_end():
    async def scene(server):
        async with Feeder(server, backend="rtmidi") as feeder:
            ear = await listening(feeder, server)
            feeder.play()
            await feeder.until(lambda: len(presses(ear)) > 100)
            assert {h.port for h in presses(ear)} == set(PORTS) - {"clock"}
            await feeder.until(lambda: sum(h.data == b"\xf8" for h in list(ear.heard)) > 50)
            feeder.player.send(Stop())
            await feeder.until(lambda: not ear.hanging())
            ear.close()

    with jack_server() as server:
        asyncio.run(scene(server))


def test_a_device_that_is_pulled_out_and_put_back_is_played_to_again():
    async def scene(server):
        ear = JackEar(server, ("lead",))
        async with Feeder(server, backend="rtmidi", out={"lead": f"{ear.name}:lead"}) as feeder:
            feeder.play()
            await feeder.until(lambda: len(presses(ear)) > 20)
            ear.close()
            await feeder.until(lambda: feeder.state() == "waiting")
            sounded = len(feeder.sounded)
            await feeder.until(lambda: len(feeder.sounded) > sounded + 20)
            ear = JackEar(server, ("lead",))  # connects nothing
            await feeder.until(lambda: len(presses(ear)) > 20)
            assert feeder.state() == "open"
            assert feeder.player.restarts == 0
            feeder.player.send(Stop())
            await feeder.until(lambda: not ear.hanging())
            ear.close()

    with jack_server() as server:
        asyncio.run(scene(server))


def test_rtmidi_freezes_with_its_server_and_the_player_is_replaced():
    async def scene(server):
        async with Feeder(server, backend="rtmidi") as feeder:
            await feeder.until(lambda: feeder.state() == "open")
            feeder.content = DENSE
            feeder.play()
            await feeder.until(lambda: len(feeder.sounded) > 50)
            server.kill()
            await feeder.until(lambda: feeder.player.restarts > 0, timeout=40.0)  # when RtMidi's buffer is full
            await feeder.until(lambda: feeder.state() == "missing")
            assert "no MIDI system answers" in feeder.ports.ports[0].detail
            sounded = len(feeder.sounded)
            await feeder.until(lambda: len(feeder.sounded) > sounded + 50)  # the music goes on

    with jack_server() as server:
        asyncio.run(scene(server))
