"""FLOOD, HOSTILE, FEEDBACK, SUBSCRIBED, EXPOSED: what a real server bears."""

import os
import select
import signal
import socket
import time
from pathlib import Path

import pytest

from server.surfaces.osc.encode import encode
from server.surfaces.osc.packet import decode
from tests.e2e.server import running_server
from tools.hostile_osc import HOSTILE

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("osc")) as running:
        yield running


@pytest.fixture
def udp(server):
    with connected(server) as sock:
        yield sock


def connected(server):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server.host, server.port))
    sock.settimeout(10)
    return sock


def ping(udp, serial):
    """Wait for the answer to this ping; return what came before it."""
    udp.send(encode("/ping", (serial,)))
    before = []
    while (message := decode(udp.recv(65_536))[0]).args != (serial,) or message.address != "/pong":
        before.append(message)
    return before


def test_flood_1_a_burst_on_a_stopped_server_is_not_lost(server, udp):
    before = server.status()
    burst = min(2000, before["osc_receive_buffer"] // 1024)
    os.kill(before["main_pid"], signal.SIGSTOP)
    try:
        for n in range(burst):
            udp.send(encode("/tension", (n / burst,)))
    finally:
        os.kill(before["main_pid"], signal.SIGCONT)
    ping(udp, 1)
    after = server.status()

    assert after["osc_received"] - before["osc_received"] == burst + 2  # the ping and the second question
    assert after["osc_overflowed"] == 0


def test_hostile_1_behind_every_bad_packet_a_good_one_is_answered(server, udp):
    bad = server.status()["osc_bad"]
    for serial, (packet, _acceptable) in enumerate(HOSTILE.values()):
        udp.send(packet)
        assert all(message.address in ("/rejected", "/warning") for message in ping(udp, serial))

    assert server.status()["osc_bad"] - bad == sum(not acceptable for _, acceptable in HOSTILE.values())
    assert server.process.poll() is None


def test_feedback_1_the_others_hear_whoever_vanishes_or_never_reads(server):
    clients = [connected(server) for _ in range(16)]
    try:
        for client in clients:
            client.send(encode("/subscribe", ("tension",)))
            assert decode(client.recv(4096))[0].address == "/state/tension"
        for client in clients[:4]:
            client.close()
        for n in range(200):
            server.ask("/tension", n / 200)
        for client in clients[5:]:
            assert last_tension(client) == pytest.approx(0.995)
        assert server.status()["osc_subscribers"] == 16  # until the lease of this host ends
    finally:
        for client in clients:
            client.close()


def last_tension(client):
    """Read until the final value is there."""
    end = time.monotonic() + 10
    value = None
    while value != pytest.approx(0.995) and time.monotonic() < end and select.select([client], [], [], 1.0)[0]:
        (message,) = decode(client.recv(4096))
        assert message.address == "/state/tension"
        value = message.args[0]
    return value


def test_subscribed_1_who_subscribed_hears_on_when_main_has_died(tmp_path):
    with running_server(tmp_path) as server, connected(server) as udp:
        udp.send(encode("/subscribe", ("tension",)))
        (before,) = decode(udp.recv(4096))
        os.kill(server.status()["main_pid"], signal.SIGKILL)
        assert decode(udp.recv(4096)) == [before]  # the next main tells it anew
        server.wait_for(lambda status: True)
        server.ask("/tension", 0.875)
        assert decode(udp.recv(4096))[0].args == (0.875,)


def test_exposed_1_by_default_only_this_machine_is_listened_to(server):
    port = f"{server.port:04X}"
    sockets = [
        line.split()[1] for name in ("udp", "udp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]

    ours = [address.partition(":")[0] for address in sockets if address.endswith(f":{port}")]
    four, six = "0100007F", f"{1 << 24:032X}"  # 127.0.0.1 and ::1, as the kernel writes them
    assert ours in ([four, six], [four])


def test_exposed_2_a_mirror_dies_out(server, udp):
    for address, args in (("/nonsense", ()), ("/ping", (1,)), ("/status", ()), ("/get", ("tension",))):
        udp.send(encode(address, args))
        udp.send(udp.recv(65_536))
        assert ping(udp, 99) == []


def test_port_in_use_1_a_second_server_says_so_and_ends(server, tmp_path):
    with (
        pytest.raises(AssertionError, match=r"ended with [12]") as ended,
        running_server(tmp_path, config={"osc": {"port": server.port}}) as second,
    ):
        second.wait_for(lambda _: False, timeout=10)
    assert "osc.port" in str(ended.value)
    assert "Traceback" not in str(ended.value)
