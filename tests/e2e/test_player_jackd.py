"""The player while its JACK server dies, freezes, comes late or comes back."""

import asyncio

import numpy as np
import pytest

from engines.units import TICKS_PER_STEP
from server.player.config import PORTS
from server.player.wire import NOTE_ON
from tests.e2e.jackd import Feeder, JackEar, jack_server

pytestmark = pytest.mark.e2e

NEAR_S = 0.002


async def listening(feeder, server):
    ear = JackEar(server, PORTS)
    ear.connect()
    await feeder.until(lambda: len(feeder.connections) == len(PORTS))
    return ear


def presses(ear):
    return [h for h in list(ear.heard) if h.data[0] & 0xF0 == NOTE_ON]


@pytest.mark.parametrize("frozen_first", [False, True])
def test_jackd_killed_the_music_goes_on_and_finds_its_receivers_again(frozen_first):
    async def scene(server):
        async with Feeder(server) as feeder:
            ear = await listening(feeder, server)
            feeder.play()
            await feeder.until(lambda: len(presses(ear)) > 40)
            if frozen_first:
                server.stop()
                await feeder.until(lambda: feeder.state() == "waiting")
            server.kill()
            ear.close()
            await feeder.until(lambda: feeder.state() == "waiting")
            server.restart()
            ear = JackEar(server, PORTS)  # connects nothing: that is the player's part
            await feeder.until(lambda: len(presses(ear)) > 100)
            assert {h.port for h in presses(ear)} == set(PORTS) - {"clock"}
            assert feeder.player.restarts == 0
            await feeder.player.close()
            await feeder.until(lambda: not ear.hanging())
            ear.close()

    with jack_server() as server:
        asyncio.run(scene(server))


def test_jackd_frozen_and_woken_releases_what_hung():
    async def scene(server):
        async with Feeder(server) as feeder:
            ear = await listening(feeder, server)
            feeder.play()
            await feeder.until(lambda: len(presses(ear)) > 40)
            server.stop()
            await feeder.until(lambda: feeder.state() == "waiting")
            sounded = len(feeder.sounded)
            await feeder.until(lambda: len(feeder.sounded) > sounded + 50)  # the band does not notice
            server.cont()
            await feeder.until(lambda: feeder.state() == "open")
            await feeder.until(lambda: any(h.data[1:] == b"\x7b\x00" for h in ear.heard), 3)
            count = len(presses(ear))
            await feeder.until(lambda: len(presses(ear)) > count + 100)
            assert feeder.player.restarts == 0
            await feeder.player.close()
            await feeder.until(lambda: not ear.hanging())
            ear.close()

    with jack_server() as server:
        asyncio.run(scene(server))


def test_jackd_killed_again_and_again():
    async def scene(server):
        async with Feeder(server) as feeder:
            feeder.play()
            for _ in range(4):
                await feeder.until(lambda: feeder.state() == "open")
                server.kill()
                await feeder.until(lambda: feeder.state() == "waiting")
                server.restart()
            await feeder.until(lambda: feeder.state() == "open")
            assert feeder.player.restarts == 0

    with jack_server() as server:
        asyncio.run(scene(server))


def test_two_instances_never_share_ports():
    async def scene(server):
        async with Feeder(server) as first, Feeder(server) as second:
            await second.until(lambda: second.state() == "open")
            assert first.state() == "open"
            names = {name.partition(":")[0] for name in server.ports("melody-engine")}
            assert len(names) == 2
            assert "melody-engine" in names

    with jack_server() as server:
        asyncio.run(scene(server))


def test_a_connection_that_the_user_cuts_stays_cut_and_a_synth_that_comes_back_is_found():
    async def scene(server):
        async with Feeder(server) as feeder:
            ear = await listening(feeder, server)
            server.disconnect("melody-engine:pad", f"{ear.name}:pad")
            await feeder.until(lambda: len(feeder.connections) == len(PORTS) - 1)
            ear.close()
            ear = JackEar(server, PORTS)
            feeder.play()
            await feeder.until(lambda: len(presses(ear)) > 40)
            assert "pad" not in {h.port for h in presses(ear)}
            await feeder.player.close()
            ear.close()

    with jack_server() as server:
        asyncio.run(scene(server))


def test_without_a_server_the_player_says_what_is_missing_and_takes_it_when_it_comes():
    async def scene(server):
        server.kill()
        async with Feeder(server) as feeder:
            await feeder.until(lambda: feeder.state() == "missing")
            assert "JACK" in feeder.ports.ports[0].detail
            feeder.play()
            await feeder.until(lambda: len(feeder.sounded) > 20)
            server.restart()
            await feeder.until(lambda: feeder.state() == "open")
            ear = await listening(feeder, server)
            await feeder.until(lambda: len(presses(ear)) > 20)
            ear.close()

    with jack_server() as server:
        asyncio.run(scene(server))


@pytest.mark.parametrize(("before", "after"), [(128, 4096), (4096, 128)])
def test_a_period_that_changes_moves_no_note(before, after):
    async def scene(server):
        async with Feeder(server) as feeder:
            ear = await listening(feeder, server)
            feeder.play()
            await feeder.until(lambda: len(presses(ear)) > 40)
            server.set_period(after)
            count = len(presses(ear)) + 80  # those on their way
            await feeder.until(lambda: len(presses(ear)) > count + 200)
            late = [press.time - line(feeder, press.time) for press in presses(ear)[count:]]
            assert np.percentile(np.abs(late), 90) < NEAR_S
            await feeder.player.close()
            await feeder.until(lambda: not ear.hanging())
            ear.close()

    with jack_server(period=before) as server:
        asyncio.run(scene(server))


def line(feeder, time):
    """When the 16th nearest to that moment was meant to sound."""
    tick = feeder.timeline.tick(time)
    return feeder.timeline.time(round(tick / TICKS_PER_STEP) * TICKS_PER_STEP)
