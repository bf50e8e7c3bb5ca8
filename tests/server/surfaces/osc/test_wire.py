import asyncio
import errno
import socket
import sys

import pytest

from server.surfaces.osc import wire as wires
from server.surfaces.osc.wire import Wire

ROOM = 4_194_304


class Inbox:
    """Collects datagrams; `until(n)` waits for the n-th."""

    def __init__(self):
        self.data = []
        self._waiting = []

    def __call__(self, data, sender):
        self.data.append((data, sender))
        for count, future in self._waiting:
            if len(self.data) >= count and not future.done():
                future.set_result(None)

    async def until(self, count):
        if len(self.data) < count:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((count, future))
            await asyncio.wait_for(future, 10)
        return self.data


def with_wire(act, host="127.0.0.1", room=ROOM):
    async def run():
        inbox, wire = Inbox(), Wire(host, 0, room)
        wire.open(inbox)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as peer:
                peer.bind((host, 0))
                await act(wire, inbox, peer)
        finally:
            wire.close()
            wire.close()  # twice does no harm

    asyncio.run(run())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_datagrams_arrive_with_their_sender_and_go_back(host):
    async def act(wire, inbox, peer):
        peer.sendto(b"there", wire.address)
        ((data, sender),) = await inbox.until(1)
        assert (data, sender) == (b"there", peer.getsockname())
        assert wire.send(b"back", sender)
        peer.settimeout(10)
        assert peer.recv(100) == b"back"

    with_wire(act, host)


def test_what_listens_on_the_loopback_listens_on_that_of_ipv6_too():
    async def act(wire, inbox, peer):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            six.bind(("::1", 0))
            six.sendto(b"there", ("::1", wire.address[1]))
            ((data, sender),) = await inbox.until(1)
            assert (data, sender) == (b"there", six.getsockname())
            assert wire.send(b"back", sender)
            six.settimeout(10)
            assert six.recvfrom(100) == (b"back", ("::1", wire.address[1], 0, 0))
        assert wire.neighbour(sender, 9001) == ("127.0.0.1", 9001)  # where most programs listen
        assert wire.neighbour(("10.0.0.1", 5), 9001) == ("10.0.0.1", 9001)
        peer.sendto(b"four", wire.address)
        assert (await inbox.until(2))[1] == (b"four", peer.getsockname())

    with_wire(act)


def test_another_program_on_ipv6_s_port_is_no_reason_not_to_listen():
    async def act(wire, inbox, peer):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            six.bind(("::1", 0))
            second = Wire("127.0.0.1", six.getsockname()[1], ROOM)
            second.open(inbox)
            peer.sendto(b"four", second.address)
            assert await inbox.until(1)
            second.close()

    with_wire(act)


def test_a_burst_while_the_loop_stands_still_is_not_lost():
    async def act(wire, inbox, peer):
        burst = min(2000, wire.granted // 1024)
        for n in range(burst):  # nothing is awaited here: the loop stands still
            peer.sendto(n.to_bytes(4, "big") * 6, wire.address)
        data = await inbox.until(burst)
        assert [int.from_bytes(d[:4], "big") for d, _ in data] == list(range(burst))
        assert wire.overflowed == 0

    with_wire(act)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_the_kernel_dropped_is_counted():
    async def act(wire, inbox, peer):
        for _ in range(500):
            peer.sendto(bytes(24), wire.address)
        kept = len(await inbox.until(1))  # all that found room: fewer than one turn of the loop takes
        peer.sendto(b"last", wire.address)  # brings the news
        assert (await inbox.until(kept + 1))[-1][0] == b"last"
        assert kept + wire.overflowed == 500
        assert wire.overflowed > 0

    with_wire(act, room=4096)


def test_what_cannot_be_sent_is_false_and_harms_nothing():
    async def act(wire, inbox, peer):
        assert not wire.send(bytes(70_000), peer.getsockname())
        assert not wire.send(b"x", ("127.0.0.1", 0))
        assert not wire.send(b"x", ("127.0.0.1", 70_000))
        assert wire.send(b"nobody there", ("127.0.0.1", 1))
        peer.sendto(b"still here", wire.address)
        assert (await inbox.until(1))[0][0] == b"still here"
        wire.close()
        assert not wire.send(b"x", peer.getsockname())

    with_wire(act)


def test_a_port_in_use_says_which_and_what_to_change():
    async def act(wire, _inbox, _peer):
        host, port = wire.address
        with pytest.raises(OSError, match=rf"{host}:{port}: Address already in use.*osc\.port") as caught:
            Wire(host, port, ROOM).open(lambda _data, _sender: None)
        assert caught.value.errno == errno.EADDRINUSE

    with_wire(act)


def test_a_host_that_is_not_ours_says_what_to_change():
    with pytest.raises(OSError, match=r"203\.0\.113\.1:9000: Cannot assign requested address.*osc\.host"):
        Wire("203.0.113.1", 9000, ROOM).open(lambda _data, _sender: None)
    with pytest.raises(OSError, match=r"no\.such\.host\.invalid.*osc\.host"):
        Wire("no.such.host.invalid", 9000, ROOM).open(lambda _data, _sender: None)


@pytest.mark.skipif(sys.platform != "linux", reason="the advice is for Linux")
def test_a_small_buffer_is_told_with_the_cure(caplog):
    class Stingy:
        """Grants what Debian grants by default."""

        def setsockopt(self, _level, option, _value):
            if option == wires._SO_RCVBUFFORCE:
                raise PermissionError

        def getsockopt(self, _level, _option):
            return 425_984

    assert wires._widen(Stingy(), ROOM) == 212_992
    assert "sysctl -w net.core.rmem_max=4194304" in caplog.text
