"""One count of all refused messages, whoever refused them."""

import pytest
from msgspec.structs import replace

from server.config import load
from server.surfaces.mqtt import MqttSurface
from server.surfaces.osc.encode import encode
from server.surfaces.osc.surface import OscSurface
from tests.server.fake_stage import FakeStage
from tests.server.virtual import run

HERE = ("127.0.0.1", 50_000)


class NoWire:
    address = ("127.0.0.1", 9000)
    granted = overflowed = 0

    def send(self, packet, target):
        return True


@pytest.mark.parametrize(
    "packet",
    [
        encode("/tension", (7,)),
        encode("/nonsense", ()),
        encode("/play*", ()),
        encode("/get", ("nonsense",)),
        encode("/sync", ("x",)),
        b"no packet",
    ],
)
def test_what_osc_refuses_counts_once(packet):
    async def main():
        from server.config import load

        stage = FakeStage()
        OscSurface(load().osc, stage, wire=NoWire()).datagram(packet, HERE)
        return dict(stage.status())["rejected"]

    assert run(main()) == 1


@pytest.mark.parametrize("payload", [b"7", b"{", b"\xff"])
def test_what_mqtt_refuses_counts_once(payload):
    stage = FakeStage()
    MqttSurface(replace(load().mqtt, id="t"), stage).arrived("melody-engine/t/cmd/tension", payload, retained=False)
    assert dict(stage.status())["rejected"] == 1
