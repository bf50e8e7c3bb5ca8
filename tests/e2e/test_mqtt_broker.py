"""MQTT with a real broker and clients that we did not write. Behaviour list:

CMD-1 a published command reaches the stage, bare or as JSON; STATE-1 state is retained, also for late listeners;
RETAINED-1 a command delivered as retained is dropped; STATUS-1 online, offline on a clean end, offline by last will;
KILL-1 a broker killed and restarted is found again, nothing is carried out twice; STOP-1 a stopped broker does not
stop the stage; ID-1 a second client with our identifier is named; OLD-1 a broker without MQTT 5 is spoken to;
BAD-1 what is malformed or too large is rejected and the next command still works; FLOOD-1 none of 500 is lost.
"""

import asyncio
import contextlib
import signal

import aiomqtt
import msgspec
import pytest

from server.config import Mqtt
from server.surfaces.mqtt import MqttSurface
from tests.e2e.broker import PATIENCE_S, Broker
from tests.server.fake_stage import FakeStage
from tests.server.virtual import passing

pytestmark = pytest.mark.e2e
ROOT = "melody-engine/test"


class Stage(FakeStage):
    """Lets a test wait for what has come."""

    def __init__(self):
        super().__init__()
        self.came = asyncio.Event()

    def receive(self, address, args, *, at=None, sweep=False):
        rejected = super().receive(address, args, at=at)
        self.came.set()
        return rejected

    async def until(self, wanted):
        async with asyncio.timeout(PATIENCE_S):
            while not wanted(self.received):
                self.came.clear()
                await self.came.wait()

    def count(self, address):
        return sum(came[0] == address for came in self.received)


def config(broker):
    return Mqtt(host="127.0.0.1", port=broker.port, id="test", username=None, password=None)


@contextlib.asynccontextmanager
async def surface_on(broker):
    stage = Stage()
    surface = MqttSurface(config(broker), stage)
    surface.start()
    try:
        async with broker.listening(f"{ROOT}/status") as heard:
            await heard("online")
        yield stage, surface
    finally:
        await surface.close()


def test_cmd_1_commands_reach_the_stage(tmp_path):
    async def session():
        async with Broker(tmp_path) as broker, surface_on(broker) as (stage, _):
            await broker.publish(f"{ROOT}/cmd/tension", "0.75")
            await broker.publish(f"{ROOT}/cmd/section", "drop")
            await broker.publish(f"{ROOT}/cmd/tension", '{"value": [0.9, 8], "when": "beat"}')
            await broker.publish(f"{ROOT}/cmd/voice/bass/mute", "true")
            await broker.publish(f"{ROOT}/cmd/chords", "Am F C G")
            await broker.publish(f"{ROOT}/cmd/play", "")
            await stage.until(lambda came: len(came) == 6)
            assert [came[:2] for came in stage.received] == [
                ("/tension", (0.75,)),
                ("/section", ("drop",)),
                ("/tension", (0.9, 8, "beat")),
                ("/voice/bass/mute", (True,)),
                ("/chords", ("Am F C G",)),
                ("/play", ()),
            ]
            assert stage.counts["rejected"] == 0

    asyncio.run(session())


def test_state_1_state_is_retained_and_follows(tmp_path):
    async def session():
        async with Broker(tmp_path) as broker, surface_on(broker) as (stage, _):
            async with broker.listening(f"{ROOT}/state/#") as heard:
                assert await heard("state/tempo") == f"{ROOT}/state/tempo 138"
                stage.receive("/tension", (0.5,))
                assert await heard("state/tension 0.5")
                stage.announce("/bar", 7)
            async with broker.listening(f"{ROOT}/state/tension", f"{ROOT}/event/bar") as heard:
                assert await heard("tension") == f"{ROOT}/state/tension 0.5"  # retained
                stage.announce("/bar", 8)
                assert await heard("event/bar 8")

    asyncio.run(session())


def test_retained_1_a_retained_command_is_dropped(tmp_path):
    async def session():
        async with Broker(tmp_path, "") as broker:
            await broker.publish(f"{ROOT}/cmd/tension", "0.1", "-r")
            async with surface_on(broker) as (stage, _):
                await broker.publish(f"{ROOT}/cmd/density", "0.2")
                await stage.until(lambda came: came)
                assert [came[0] for came in stage.received] == ["/density"]

    asyncio.run(session())


def test_status_1_online_offline_and_last_will(tmp_path):
    async def session():
        async with Broker(tmp_path) as broker, broker.listening(f"{ROOT}/status") as heard:
            async with surface_on(broker):
                assert await heard() == f"{ROOT}/status online"
            assert await heard() == f"{ROOT}/status offline"
            async with surface_on(broker):
                assert await heard() == f"{ROOT}/status online"
                await broker.publish("dummy", "x", "-i", "melody-engine-test")  # throws us out: our will speaks
                assert await heard() == f"{ROOT}/status offline"

    asyncio.run(session())


def test_kill_1_a_broker_that_dies_is_found_again_and_nothing_happens_twice(tmp_path):
    async def session():
        async with Broker(tmp_path) as broker, surface_on(broker) as (stage, surface):
            await broker.publish(f"{ROOT}/cmd/again", "", "-r")
            await stage.until(lambda came: came)
            for round_ in range(3):
                await broker.kill()
                stage.receive("/tension", (0.51 + round_ / 10,))
                await broker.start()
                async with broker.listening(f"{ROOT}/status", f"{ROOT}/state/tension") as heard:
                    await heard(f"state/tension {0.51 + round_ / 10:g}")  # not what the broker remembered
                await broker.publish(f"{ROOT}/cmd/density", f"0.{round_}")
                await stage.until(lambda _, wanted=round_ + 1: stage.count("/density") == wanted)
            assert stage.count("/again") == 1
            assert surface.state == "online"

    asyncio.run(session())


def test_stop_1_a_stopped_broker_does_not_stop_the_stage(tmp_path):
    async def session():
        async with Broker(tmp_path) as broker, surface_on(broker) as (stage, surface):
            broker.send(signal.SIGSTOP)
            for n in range(2000):
                stage.receive("/tension", (n / 2000,))
                await passing()
            waiting = len(surface._states._letters) + len(surface._events._letters)
            broker.send(signal.SIGCONT)
            assert waiting <= 2
            async with broker.listening(f"{ROOT}/state/tension") as heard:
                await heard("0.9995")

    asyncio.run(session())


def test_id_1_a_second_client_with_our_identifier_is_named(tmp_path, caplog):
    async def session():
        async with Broker(tmp_path) as broker, broker.listening(f"{ROOT}/status") as heard, surface_on(broker):
            for _ in range(5):
                await heard("online")
                await broker.publish("x", "x", "-i", "melody-engine-test")
                await heard("offline")
            await heard("online")

    asyncio.run(session())
    assert "give one of them another mqtt.id" in caplog.text


def test_old_1_a_broker_spoken_to_in_mqtt_3_sends_retained_commands_which_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr("server.drivers.mqtt.NEWEST", aiomqtt.ProtocolVersion.V311)

    async def session():
        async with Broker(tmp_path) as broker:
            await broker.publish(f"{ROOT}/cmd/tension", "0.1", "-r")
            async with surface_on(broker) as (stage, surface):
                await broker.publish(f"{ROOT}/cmd/density", "0.2")
                await stage.until(lambda came: came)
                assert [came[0] for came in stage.received] == ["/density"]
                assert surface.counts()["mqtt_retained"] == 1

    asyncio.run(session())


def test_old_2_a_broker_that_refuses_mqtt_5_is_spoken_to_in_mqtt_3():
    """Mosquitto cannot be told to be old, so this broker is nine bytes long."""
    levels = []

    async def session():
        again = asyncio.Event()

        async def serve(reader, writer):
            levels.append((await reader.readexactly(9))[8])  # header 2, "MQTT" 6, level 1
            writer.write(b"\x20\x02\x00\x01")  # CONNACK, unacceptable protocol version
            await writer.drain()
            writer.close()
            if len(levels) == 2:
                again.set()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            surface = MqttSurface(Mqtt(host="127.0.0.1", port=port, id="t", username=None, password=None), Stage())
            surface.start()
            async with asyncio.timeout(PATIENCE_S):
                await again.wait()
            await surface.close()

    asyncio.run(session())
    assert levels == [5, 4]


def test_bad_1_the_malformed_and_the_huge_are_rejected_and_the_next_command_works(tmp_path):
    bad = [b"\xff\xfe", b'{"value":' + b"[" * 3000, b'{"value": 1, "x": 1}', b"1e999", b"x" * 5000, b'{"value": {}}']

    async def session():
        async with Broker(tmp_path) as broker, surface_on(broker) as (stage, surface):
            async with broker.listening(f"{ROOT}/event/rejected") as heard:
                for payload in bad:
                    await broker.publish(f"{ROOT}/cmd/tension", payload)
                    line = await heard("rejected")
                    told = msgspec.json.decode(line.partition(" ")[2])
                    assert told["address"] == "/tension"
                    assert told["reason"]
                await broker.publish(f"{ROOT}/cmd/tensoin", "1")
                assert "nearest: tension" in await heard("rejected")
            await broker.publish(f"{ROOT}/cmd/tension", b"9" * (16 << 20))  # the broker keeps it from us
            await broker.publish(f"{ROOT}/cmd/tension", "0.5")
            await stage.until(lambda came: came[-1][:2] == ("/tension", (0.5,)))
            assert surface.state == "online"

    asyncio.run(session())


def test_flood_1_five_hundred_commands_arrive_in_order(tmp_path):
    async def session():
        async with Broker(tmp_path) as broker, surface_on(broker) as (stage, _):
            command = ("mosquitto_pub", "-p", str(broker.port), "-q", "1", "-t", f"{ROOT}/cmd/tension", "-l")
            process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
            values = [n / 500 for n in range(500)]
            await process.communicate("".join(f"{value}\n" for value in values).encode())
            await stage.until(lambda came: len(came) == len(values))
            assert [args[0] for _, args, _ in stage.received] == values

    asyncio.run(session())
