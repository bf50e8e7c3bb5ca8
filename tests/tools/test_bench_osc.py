"""The benchmark against a real surface on a fake stage: does it count right, also when something is lost."""

import asyncio

from server.config import Osc
from server.surfaces.osc import OscSurface
from tests.server.fake_stage import FakeStage
from tools.bench_osc import run


class Forgetful(OscSurface):
    """Does not count every 500th datagram, as if it had been lost."""

    def counts(self):
        return super().counts() | {"osc_received": self.received - self.received // 500}


def bench(surface_type):
    async def serve():
        surface = surface_type(Osc("127.0.0.1", 0, 4_194_304, 60.0), FakeStage())
        await surface.start()
        try:
            return await asyncio.to_thread(run, *surface.address, 1.0, 1000)
        finally:
            surface.close()

    return {row["name"].split(" (")[0]: row for row in asyncio.run(serve())["osc"]}


def test_nothing_is_lost_and_all_is_answered():
    rows = bench(OscSurface)

    assert rows["lost in the flood"]["value"] == 0
    assert rows["messages sent"]["value"] > 1000
    assert rows["wishes never seen, in the flood"]["value"] == 0
    assert rows["hostile packets with a ping behind unanswered"]["value"] == 0
    assert "not measured" in rows["lost of 2000 sent while the server stood still for 50 ms"]["value"]


def test_a_loss_is_seen():
    assert bench(Forgetful)["lost in the flood"]["value"] > 0
