"""A surface on a fake stage and a fake wire in virtual time, and a hand to send with."""

import asyncio

from server.config import Osc
from server.surfaces.osc import OscSurface
from server.surfaces.osc.encode import encode, encode_bundle
from tests.server import virtual
from tests.server.fake_stage import FakeStage
from tests.server.surfaces.osc.fake_wire import FakeWire

HOME = ("127.0.0.1", 5000)
AWAY = ("192.168.1.20", 5000)
CONFIG = Osc(host="127.0.0.1", port=9000, receive_buffer=4_194_304, lease_s=60.0)
WALL_S = 1_790_000_000.0


class Session:
    def __init__(self, **options):
        self.stage = FakeStage()
        self.wire = FakeWire()
        self.surface = OscSurface(
            CONFIG, self.stage, virtual.now, wire=self.wire, wall=lambda: WALL_S + virtual.now(), **options
        )

    def send(self, address, *args, sender=HOME):
        """Send one message; return what was sent back at once as (target, address, args)."""
        return self.packet(encode(address, args), sender)

    def packet(self, data, sender=HOME):
        self.wire.receive(data, sender)
        return self.wire.take()

    def timed(self, tag, *messages, sender=HOME):
        return self.packet(encode_bundle([encode(a, args) for a, *args in messages], tag), sender)


def play(act, **options):
    """Run `await act(session)` in virtual time with a started surface."""

    async def run():
        session = Session(**options)
        await session.surface.start()
        try:
            return await act(session)
        finally:
            session.surface.close()

    return virtual.run(run())


async def rest(seconds):
    """Let virtual time pass."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(seconds, done.set_result, None)
    await done
