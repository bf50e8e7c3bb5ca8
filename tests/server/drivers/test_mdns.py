import asyncio
import logging
from contextlib import asynccontextmanager

import pytest
from zeroconf.asyncio import AsyncZeroconf

from server.drivers import mdns
from server.drivers.mdns import AGAIN_S, FIRST_S, MAX_LABEL_BYTES, OSC, OSCQUERY, WILDCARDS, Service, addresses, label
from tests.server import virtual

SERVICES = (Service(OSCQUERY, "127.0.0.1", 8770), Service(OSC, "127.0.0.1", 9000))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("melody-engine", "melody-engine"), ("Main. Stage", "Main- Stage"), ("", "melody-engine"), ("a\nb", "a-b")],
)
def test_a_name_becomes_one_label(name, wanted):
    assert label(name) == wanted


def test_servers_are_told_apart_by_port_and_machine(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "stage-left.example.org")
    assert mdns.called("melody-engine", 9000) == "melody-engine 9000 on stage-left"
    monkeypatch.setattr("socket.gethostname", lambda: "x" * 60)
    first, second = (label(mdns.called("melody-engine", port)) for port in (9000, 9001))
    assert first != second


def test_a_long_name_is_cut_between_letters():
    assert label("é" * 100) == "é" * (MAX_LABEL_BYTES // 2)
    assert label("a" + "é" * 100) == "a" + "é" * ((MAX_LABEL_BYTES - 1) // 2)


@pytest.mark.parametrize("host", WILDCARDS)
def test_a_wildcard_means_every_address_but_the_loopback(host):
    assert addresses(host, ("192.168.1.5", "127.0.0.1", "10.0.0.2")) == ("10.0.0.2", "192.168.1.5")
    with pytest.raises(OSError, match="no network"):
        addresses(host, ("127.0.0.1",))


def test_the_wildcard_of_ipv6_means_both_but_what_leads_nowhere():
    ours = ("fe80::1", "fd00::2", "::1", "127.0.0.1", "169.254.7.7", "10.0.0.2")
    assert addresses("::", ours) == ("10.0.0.2", "169.254.7.7", "fd00::2")
    assert addresses("0.0.0.0", ours) == ("10.0.0.2", "169.254.7.7")  # noqa: S104
    assert addresses("::", ("fd00::2",)) == ("fd00::2",)


def test_a_server_on_the_loopback_of_ipv6_is_found():
    async def find():
        async with mdns.announced("six", [Service(OSC, "::1", 9123)]):
            here = AsyncZeroconf(interfaces=["127.0.0.1"])
            try:
                info = await here.async_get_service_info("_osc._udp.local.", "six._osc._udp.local.", 10_000)
            finally:
                await here.async_close()
            assert info is not None
            assert (info.parsed_addresses(), info.port) == (["::1"], 9123)

    asyncio.run(find())


def test_an_address_means_itself():
    for host in ("127.0.0.1", "127.0.0.2", "::1", "192.168.1.5", "fd00::2"):
        assert addresses(host, ("192.168.1.5", "127.0.0.1", "fd00::2")) == (host,)
    with pytest.raises(OSError, match="no address of this machine"):
        addresses("192.168.1.6", ("192.168.1.5",))


@pytest.mark.parametrize("host", ["x" * 70, "2001:db8::77"])
def test_a_host_that_is_not_here_is_a_fault_of_the_network(host):
    async def act():
        async with mdns.announced("melody-engine", [Service(OSC, host, 9000)]):
            pytest.fail("announced")

    with pytest.raises(OSError):
        asyncio.run(act())


class Network:
    """Fails as often as told, then is there. open: whether we are announced; own: our addresses, none = it is gone."""

    def __init__(self, *failures):
        self.failures, self.tries, self.open = list(failures), [], False
        self.own, self.services = ("10.0.0.2",), SERVICES

    async def places(self, _services):
        if not self.own:
            raise OSError("this machine has no network")
        return (self.own,)

    @asynccontextmanager
    async def __call__(self, name, services):
        self.tries.append((virtual.now(), name, tuple(services)))
        if self.failures:
            raise OSError(self.failures.pop(0))
        self.open = True
        try:
            yield
        finally:
            self.open = False


def announce(network, seconds, *changes):
    """Be found for so long; changes: addresses after each further pause of AGAIN_S."""

    async def run():
        changed = asyncio.Event()
        task = asyncio.create_task(
            mdns.run("melody-engine", lambda: network.services, changed, network, network.places)
        )
        await virtual.passing(seconds)
        for network.own in changes:
            await virtual.passing(AGAIN_S)
        was = network.open
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not network.open
        return was

    return virtual.run(run())


def test_the_music_comes_first():
    network = Network()
    assert not announce(network, FIRST_S - 0.1)
    assert network.tries == []
    assert announce(network, FIRST_S + 0.1)
    assert network.tries == [(FIRST_S, "melody-engine", SERVICES)]


def test_a_fault_is_told_once_and_tried_again(caplog):
    network = Network(*["this machine has no network"] * 3)
    with caplog.at_level(logging.WARNING):
        assert announce(network, FIRST_S + 3 * AGAIN_S + 0.1)
    assert [moment for moment, _, _ in network.tries] == [FIRST_S + n * AGAIN_S for n in range(4)]
    assert len(caplog.records) == 1
    assert "no network" in caplog.text


def test_who_gets_other_addresses_is_announced_anew():
    network = Network()
    assert announce(network, FIRST_S + 0.1, ("10.0.0.2",), ("10.0.0.2",), ("192.168.1.5",), ("192.168.1.5",))
    assert [moment for moment, _, _ in network.tries] == [FIRST_S, FIRST_S + 3 * AGAIN_S]


def test_a_network_that_goes_is_told_and_found_again(caplog):
    network = Network()
    with caplog.at_level(logging.WARNING):
        assert not announce(network, FIRST_S + 0.1, ())
        assert "no network" in caplog.text
        assert announce(Network(), FIRST_S + 0.1, (), ("10.0.0.2",), ("10.0.0.2",))


def test_what_comes_and_goes_is_announced_at_once():
    async def run():
        network, changed = Network(), asyncio.Event()
        network.services = SERVICES[1:]
        task = asyncio.create_task(
            mdns.run("melody-engine", lambda: network.services, changed, network, network.places)
        )
        for network.services in (SERVICES[1:], SERVICES, SERVICES, SERVICES[1:]):
            changed.set()
            await virtual.passing(FIRST_S + 0.1)
        assert [services for _, _, services in network.tries] == [SERVICES[1:], SERVICES, SERVICES[1:]]
        assert network.open
        task.cancel()

    virtual.run(run())
