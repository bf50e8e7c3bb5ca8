import io
import socket
import threading
from collections.abc import Iterator

import pytest

from server.surfaces.osc.encode import encode
from server.surfaces.osc.packet import decode
from tools import watch as module
from tools.failure import Refused
from tools.monitor import MonitorState
from tools.watch import ASK_S, LOST_S, Watch, watch


class Server:
    """A server as the view meets it: hears what is asked, says what the test wants."""

    def __init__(self) -> None:
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.settimeout(5)
        self.port: int = self.udp.getsockname()[1]
        self.guest: tuple[str, int] = ("", 0)

    def heard(self) -> str:
        data, self.guest = self.udp.recvfrom(65_536)
        return decode(data)[0].address

    def say(self, *packets: bytes) -> None:
        for packet in packets:
            self.udp.sendto(packet, self.guest)


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.udp.close()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_subscribes_asks_and_feeds_the_state(server: Server) -> None:
    state, clock = MonitorState(), Clock()
    source = Watch("127.0.0.1", server.port, state, clock)
    assert not source.step()
    assert [server.heard(), server.heard()] == ["/subscribe", "/status"]
    server.say(encode("/status", ("tempo", 138.0)), encode("/bar", (7,)), b"no OSC at all", encode("/beat", (2,)))
    assert [source.step(), source.step(), source.step(), source.step()] == [True, True, False, True]
    assert (state.status["tempo"], state.bar, state.beat) == (138.0, 7, 2)
    source.close()
    assert server.heard() == "/unsubscribe"


def test_it_asks_each_second_and_subscribes_anew_after_silence(server: Server) -> None:
    state, clock = MonitorState(), Clock()
    source = Watch("127.0.0.1", server.port, state, clock)
    source.step()
    assert [server.heard(), server.heard()] == ["/subscribe", "/status"]
    server.say(encode("/bar", (1,)))
    assert source.step()
    clock.now += ASK_S
    source.step()
    assert server.heard() == "/status"
    clock.now += LOST_S + ASK_S
    source.step()
    assert [server.heard(), server.heard()] == ["/subscribe", "/status"]
    source.close()


def test_nobody_there_is_told_in_plain_words(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr(module, "LOST_S", 0.0)
    with pytest.raises(Refused, match=f"no answer from 127.0.0.1:{server.port}"):
        watch("127.0.0.1", server.port)


def test_beside_a_server_it_shows_the_log_and_ends_with_it(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    watch("127.0.0.1", server.port, io.StringIO("WARNING no JACK server runs\n"))
    state, ended = MonitorState(), threading.Event()
    module._follow(io.StringIO("one\ntwo\n"), state, ended)
    assert list(state.log) == ["one", "two"]
    assert ended.is_set()
    assert "melody-engine" in capsys.readouterr().out
