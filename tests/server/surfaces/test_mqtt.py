import aiomqtt
import msgspec
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from server.config import Mqtt
from server.drivers.mqtt import TAKEN_OVER, _why
from server.surfaces.mqtt import MAX_REFUSALS, MqttSurface
from tests.server import virtual
from tests.server.fake_stage import FakeStage

CONFIG = Mqtt(host="nowhere", port=1883, id="t", username=None, password=None)


def with_surface(session):
    async def run():
        stage = FakeStage()
        surface = MqttSurface(CONFIG, stage, virtual.now)
        stage.listen(surface._on_event)
        return await session(stage, surface)

    return virtual.run(run())


def test_off_without_a_host():
    async def session():
        surface = MqttSurface(msgspec.structs.replace(CONFIG, host=None), FakeStage())
        surface.start()
        assert surface.counts()["mqtt"] == "off"
        await surface.close()

    virtual.run(session())


def test_a_command_is_received_and_its_state_waits_to_be_sent():
    async def session(stage, surface):
        surface.arrived("melody-engine/t/cmd/Tension", b"0.5", False)
        (letter,) = await surface._states.collect()
        assert letter == ("melody-engine/t/state/tension", "0.5", 1, True)
        assert surface.counts() == {"mqtt": "off", "mqtt_received": 1, "mqtt_rejected": 0, "mqtt_retained": 0}

    with_surface(session)


def test_a_retained_command_is_dropped_and_counted():
    async def session(stage, surface):
        surface.arrived("melody-engine/t/cmd/tension", b"0.5", True)
        assert stage.received == []
        assert surface.counts()["mqtt_retained"] == 1

    with_surface(session)


def test_what_waits_is_bounded_and_the_last_value_wins():
    async def session(stage, surface):
        for n in range(1000):
            stage.receive("/tension", (n / 1000,))
            stage.announce("/bar", n)
            surface.arrived("melody-engine/t/cmd/tension", b"\xff", False)
        assert [letter.payload for letter in await surface._states.collect()] == ["0.999"]
        events = await surface._events.collect()
        assert len(events) == MAX_REFUSALS + 1
        assert [e.payload for e in events if e.topic == "melody-engine/t/event/bar"] == ["999"]

    with_surface(session)


def test_a_rejection_says_where_and_why():
    async def session(stage, surface):
        surface.arrived("melody-engine/t/cmd/tension", b"7", False)
        (letter,) = await surface._events.collect()
        told = msgspec.json.decode(letter.payload)
        assert letter.topic == "melody-engine/t/event/rejected"
        assert told["address"] == "/tension"
        assert "nearest: 1" in told["reason"]

    with_surface(session)


def test_online_tells_the_whole_state_and_forgets_old_news():
    async def session(stage, surface):
        stage.announce("/bar", 3)
        surface._on_state("online", "")
        told = {letter.topic.removeprefix("melody-engine/t/state/") for letter in await surface._states.collect()}
        assert told == set(stage.state())
        stage.announce("/bar", 4)
        assert [letter.payload for letter in await surface._events.collect()] == ["4"]

    with_surface(session)


def test_the_reason_of_a_disconnection_is_found_under_what_wraps_it():
    lost = aiomqtt.MqttError("lost")
    lost.__cause__ = aiomqtt.MqttCodeError(ReasonCode(PacketTypes.DISCONNECT, identifier=TAKEN_OVER))
    code, reason = _why(ExceptionGroup("", [ExceptionGroup("", [lost])]))
    assert code == TAKEN_OVER
    assert "taken over" in reason
    assert _why(ExceptionGroup("", [OSError("refused")])) == (-1, "refused")
