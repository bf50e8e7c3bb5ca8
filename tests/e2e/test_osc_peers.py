"""PEER: the programs that people send OSC with are understood, and understand us."""

import socket
import subprocess
import time
from pathlib import Path

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from server.surfaces.osc.encode import encode
from server.surfaces.osc.packet import decode
from tests.e2e.osc_peers import program, talking
from tests.e2e.server import free_port, running_server

pytestmark = pytest.mark.e2e

PATCH = Path(__file__).parent / "patches" / "osc.pd"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("osc")) as running:
        yield running


def state(server, path):
    (reply,) = server.ask("/get", path)
    return reply.args


@pytest.mark.parametrize(
    ("sent", "path", "expected"),
    [
        (("/tension", "f", "0.75"), "tension", (0.75,)),
        (("/tension", "d", "0.5"), "tension", (0.5,)),
        (("/tension", "i", "1"), "tension", (1.0,)),
        (("/tension", "h", "0"), "tension", (0.0,)),
        (("/bpm", "i", "120"), "tempo", (120.0,)),
        (("/voice/lead/mute", "T"), "voice/lead/mute", (1,)),
        (("/voice/lead/mute", "F"), "voice/lead/mute", (0,)),
        (("/voice/*/mute", "i", "1"), "voice/drums/mute", (1,)),
        (("/voice/{arp,pad}/level", "f", "0.25"), "voice/pad/level", (0.25,)),
        (("/section", "s", "drop"), "section", ("drop",)),
        (("/SECTION", "S", "intro"), "section", ("intro",)),
        (("/chords", "sss", "Am", "F|G", "bar"), "chords", ("Am F|G",)),
    ],
)
def test_peer_1_liblo_sends_every_type(server, sent, path, expected):
    subprocess.run([program("oscsend"), server.host, str(server.port), *sent], check=True, timeout=10)

    assert state(server, path) == expected


def test_peer_2_liblo_reads_state_and_news(server):
    port = free_port()
    with (
        talking(program("oscdump"), "-L", str(port)) as dump,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        ask = encode("/subscribe", (port,))
        dump.until("/state/playing i 0", nudge=lambda: udp.sendto(ask, (server.host, server.port)))
        server.ask("/tension", 0.25)
        dump.until("/state/tension f 0.25")
        server.ask("/tension", 7.0)
        (line,) = [line for line in dump.until("/rejected ss") if "/rejected" in line]
        assert "out of range" in line
        subprocess.run([program("oscsend"), server.host, str(server.port), "/ping", "s", "from the shell"], check=True)
        dump.until('/pong s "from the shell"')


def test_peer_3_pure_data_sends_and_hears(server):
    port = free_port()
    messages = (
        f"server connect {server.host} {server.port}",
        f"listen listen {port}",
        f"subscribe {port}",
        "tension 0.625",
        "section symbol breakdown",
        "tension 7",
        "ping 3 abc",
    )
    sends = [word for text in messages for word in ("-send", text)]
    options = ("-nogui", "-nomidi", "-noaudio", "-stderr", "-noprefs")
    with talking(program("pd"), *options, "-open", str(PATCH), *sends) as pd:
        pd.until("news: list state voice drums expert")
        pd.until("news: list state tension 0.625")
        pd.until("news: list state section breakdown")
        pd.until("reply: list rejected /tension")
        pd.until("reply: list pong 3 abc")
        assert not [line for line in pd.lines if "error" in line]
    assert state(server, "tension") == (0.625,)
    assert state(server, "section") == ("breakdown",)


def test_peer_4_python_osc_asks_and_is_answered(server):
    client = SimpleUDPClient(server.host, server.port)
    client.send_message("/tension", 0.375)
    client.send_message("/get", ["tension", "voice/*/mute"])
    answers = [next(client.get_messages(10)) for _ in range(6)]

    assert (answers[0].address, answers[0].params) == ("/state/tension", [0.375])
    assert [answer.address for answer in answers[1:]] == [
        f"/state/voice/{voice}/mute" for voice in ("lead", "bass", "arp", "pad", "drums")
    ]
    client._sock.close()


def test_peer_5_a_time_tag_is_kept(server):
    server.ask("/tension", 0.1)
    sent = time.monotonic()
    bundle = OscBundleBuilder(time.time() + 1.5)
    message = OscMessageBuilder("/tension")
    message.add_arg(0.9, "f")
    bundle.add_content(message.build())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect((server.host, server.port))
        udp.settimeout(10)
        udp.send(encode("/subscribe", ("tension",)))
        udp.send(bundle.build().dgram)
        while decode(udp.recv(4096))[0].args != pytest.approx((0.9,)):
            assert time.monotonic() < sent + 10
        assert time.monotonic() > sent + 1.4  # it came when it was due, not at once
        udp.send(encode("/unsubscribe", ()))
