"""Attacks on a playing server: refused, logged once, the music unaffected. And what a page may do."""

import asyncio
import contextlib
import io
import os
import signal
import socket
import struct

import mido
import pytest
from aiohttp import WSServerHandshakeError

from engines.units import TICKS_PER_BAR
from server.surfaces.osc.client import request
from server.web.pairing import own_address
from tests.e2e.knocks import HANDSHAKE, figures, get, page, plug
from tests.e2e.server import free_port, running_server

pytestmark = pytest.mark.e2e

TOKEN = "a-token-of-the-stage"  # noqa: S105
FAST = {"start": {"tempo": 240}}
"""A bar a second."""
PATHS = ("/", "/ws", "/tension", "/healthz", "/metrics", "/show.mid", "/page/index.html", "/pair.svg")


@pytest.fixture
def stage(tmp_path):
    """A playing server and the port of its page."""
    port = free_port(socket.SOCK_STREAM)
    with running_server(tmp_path, "--autoplay", config=FAST | {"web": {"port": port, "request_s": 3}}) as server:
        wait_for_page(server, port)
        yield server, port


def wait_for_page(server, port):
    def is_there(_status):
        with contextlib.suppress(OSError):
            return get(port, "/healthz")[0] == 200
        return False

    server.wait_for(is_there)


@contextlib.contextmanager
def music_unaffected(server, port, bars=3):
    """Bars are decided as before: none late, none missing, for `bars` more after what happens inside."""
    server.wait_for(lambda status: status["playing"] and status["bar"] >= 1)
    before, first = figures(port), server.status()
    yield
    last = first["bar"] + bars
    server.wait_for(lambda status: status["bar"] >= last)
    after, status = figures(port), server.status()
    assert status["bars_late"] == first["bars_late"]
    assert status["main_pid"] == first["main_pid"]
    decided = after["melody_engine_bars_total"] - before["melody_engine_bars_total"]
    assert abs(decided - (status["bar"] - first["bar"])) <= 1


def lines(server, kind):
    return [line for line in server.log().splitlines() if f"({kind}, " in line]


def test_a_host_that_is_not_ours_gets_nothing(stage):
    server, port = stage
    with music_unaffected(server, port):
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "127.0.0.1.evil.example",
            "localhost.",
            "",
            "0",
            f"localhost:{port + 1}",
        ):
            for path in PATHS:
                status, _, body = get(port, path, Host=host)
                assert (status, b"not ours" in body) == (421, True)

        async def rebind():
            with pytest.raises(WSServerHandshakeError) as refused:
                async with page(port, Host=f"evil.example:{port}", Origin=f"http://evil.example:{port}"):
                    pass
            assert refused.value.status == 421

        asyncio.run(rebind())
    assert len(lines(server, "host")) == 1


def test_pages_of_others_may_not_open_a_websocket(stage):
    server, port = stage

    async def knock():
        for path in ("/ws", "/"):
            for origin in ("http://evil.example", "null", f"http://localhost:{port + 1}", f"https://localhost:{port}"):
                with pytest.raises(WSServerHandshakeError) as refused:
                    async with page(port, path, Origin=origin):
                        pass
                assert refused.value.status == 403
        async with page(port, Origin="") as tool:  # no browser, this machine
            assert await tool.hear("hello")

    with music_unaffected(server, port):
        asyncio.run(knock())
    assert len(lines(server, "origin")) == 1


def test_only_get_is_answered_and_no_file_but_the_page_s(stage):
    server, port = stage
    with plug(port, b"POST /tension HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n0.9") as tcp:
        assert b" 405 " in tcp.recv(100)
    for path in ("/page/../../pyproject.toml", "/page/..%2f..%2fpyproject.toml", "/page//etc/passwd", "/page/%00"):
        assert get(port, path)[0] == 404
    status, headers, _ = get(port, "/")
    assert status == 200
    assert "unsafe" not in headers["Content-Security-Policy"]
    server.wait_for(lambda status: status["playing"])


def test_hostile_frames_end_one_conversation_each_and_nothing_else(stage):
    server, port = stage
    bad = {
        1009: [b"x" * 20_000, b"x" * 1_000_000],
        1008: [b"not json", b"{", b"\xc3\x28", b'{"do": "/tension"', b'"\\ud800"'],
    }

    async def attack():
        async with page(port) as witness:
            assert await witness.hear("hello")
            for code, frames in bad.items():
                for frame in frames:
                    async with page(port) as attacker:
                        await attacker.hear("hello")
                        await attacker.ws.send_bytes(frame)
                        await attacker.hear("nothing")
                        assert attacker.ended[0] == code
            async with page(port) as flood:
                await flood.hear("hello")
                with contextlib.suppress(ConnectionError):
                    for _ in range(2000):
                        await flood.say(do="/density", args=[0.5])
                await flood.hear("nothing")
                assert flood.ended[0] in (1008, 0)
            for frame in (
                b"\xf1\x80mask",
                b"\x83\x80mask",
                b"\x89\xfe\x00\x7emask" + b"x" * 126,
                b"\x81\xff" + b"\xff" * 12,
            ):
                with plug(port, HANDSHAKE + frame) as tcp, contextlib.suppress(ConnectionError):
                    while tcp.recv(65_536):
                        pass
            await witness.say(do="/tension", args=[0.7], id=1)
            assert (await witness.hear("reply"))["ok"]

    with music_unaffected(server, port):
        asyncio.run(attack())
    assert len(lines(server, "frames")) == 1


def test_slow_headers_and_a_hundred_connections(stage):
    server, port = stage
    with music_unaffected(server, port, bars=4), contextlib.ExitStack() as stack:
        slow = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
        plugs = [stack.enter_context(plug(port, slow if number % 2 else b"")) for number in range(120)]
        server.wait_for(lambda status: status["web_refused"] >= 20)
        server.wait_for(lambda _: cut_off(plugs))
        wait_for_page(server, port)
    assert len(lines(server, "connections")) == 1


def cut_off(plugs):
    """Whether the server has ended all of these connections."""
    for tcp in plugs:
        tcp.setblocking(False)
        try:
            if tcp.recv(10):
                return False
        except BlockingIOError:
            return False
        except OSError:
            continue
    return True


def test_a_client_that_never_reads_is_dropped_and_another_hears_every_bar(stage):
    server, port = stage

    async def watch():
        with plug(port) as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.sendall(HANDSHAKE)
            async with page(port) as witness:
                hello = await witness.hear("hello")
                heard = [hello["bars"][-1]["bar"]]
                for step in range(150):  # replies for the stalled one, too: it asks and never reads
                    stalled.sendall(masked(b'{"check":"/nowhere","id":"%d%s"}' % (step, b"x" * 40)))
                while len(heard) < 6:
                    heard.append((await witness.hear("bar"))["bar"])
                assert heard == [*range(heard[0], heard[0] + 6)]

    with music_unaffected(server, port):
        asyncio.run(watch())


def masked(text):
    assert len(text) < 126
    return struct.pack("BB", 0x81, 0x80 | len(text)) + b"\0\0\0\0" + text


def test_another_machine_needs_the_token_and_then_may_do_everything(tmp_path):
    us = own_address()
    assert us, "this machine has no network address: give it one (a dummy interface will do)"
    port = free_port(socket.SOCK_STREAM)
    config = FAST | {"web": {"port": port, "token": TOKEN}}
    with running_server(tmp_path, "--autoplay", "--lan", config=config) as server:
        wait_for_page(server, port)
        assert f"http://{us}:{port}/?token={TOKEN}" in server.log()
        expert = (us, server.port, "/voice/lead/expert", ("rules",))
        assert "not paired" in str(request(*expert))
        for path in ("/", "/show.mid", "/pair.svg"):
            assert get(port, path, us)[0] == 403
            assert get(port, f"{path}?token={TOKEN}x", us)[0] == 403
        assert get(port, "/", us, Host="evil.example")[0] == 421
        assert get(port, "/tension", us)[0] == 200  # OSCQuery may be read

        async def visit():
            for query in ("", f"?token={TOKEN[:-1]}"):
                with pytest.raises(WSServerHandshakeError) as refused:
                    async with page(port, f"/ws{query}", us):
                        pass
                assert refused.value.status == 403
            status, headers, _ = get(port, f"/?token={TOKEN}", us)
            assert status == 200
            cookie = headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            async with page(port, "/ws", us, Cookie=cookie.partition(";")[0]) as phone:
                assert (await phone.hear("hello"))["address"] == f"http://{us}:{port}/?token={TOKEN}"
                await phone.say(do="/voice/lead/expert", args=["rules"], id=1)
                assert (await phone.hear("reply"))["ok"]

        asyncio.run(visit())
        assert "not paired" not in str(request(*expert))  # its page has paired: so has its OSC
        assert [len(lines(server, kind)) for kind in ("token", "no token", "host")] == [1, 1, 1]
        assert TOKEN not in server.log().replace(f"/?token={TOKEN}", "")


def test_main_dies_and_the_page_comes_back_to_the_same_music_with_the_same_token(tmp_path):
    us = own_address()
    port = free_port(socket.SOCK_STREAM)
    with running_server(tmp_path, "--autoplay", "--lan", config=FAST | {"web": {"port": port}}) as server:
        wait_for_page(server, port)
        token = server.log().partition("/?token=")[2].split()[0]
        first = server.wait_for(lambda status: status["bar"] >= 1)
        os.kill(first["main_pid"], signal.SIGKILL)
        server.wait_for(lambda status: status["main_pid"] != first["main_pid"] and status["playing"])
        wait_for_page(server, port)
        assert get(port, f"/?token={token}", us)[0] == 200

        async def back():
            async with page(port) as again:
                hello = await again.hear("hello")
                assert hello["playing"]
                assert (await again.hear("bar"))["bar"] >= first["bar"]

        asyncio.run(back())


def test_a_port_that_is_taken_does_not_stop_the_music(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running_server(tmp_path, "--autoplay", config=FAST | {"web": {"port": port}}) as server:
            server.wait_for(lambda status: status["web"] == "waiting" and status["bar"] >= 2)
            told = [line for line in server.log().splitlines() if "Change web.port" in line]
            assert len(told) == 1
            taken.close()
            server.wait_for(lambda status: status["web"] == "open")
            wait_for_page(server, port)


def test_the_show_so_far_and_its_last_bars_are_a_midi_file(stage):
    server, port = stage
    server.wait_for(lambda status: status["bar"] >= 5)
    status, headers, whole = get(port, "/show.mid")
    assert (status, headers["Content-Type"]) == (200, "audio/midi")
    assert headers["Content-Disposition"].startswith("attachment")
    show = mido.MidiFile(file=io.BytesIO(whole))
    status, _, last = get(port, "/show.mid?bars=2")
    assert status == 200
    short = mido.MidiFile(file=io.BytesIO(last))
    lengths = [max(sum(event.time for event in track) for track in each.tracks) for each in (show, short)]
    assert lengths[0] > 2 * TICKS_PER_BAR >= lengths[1] > TICKS_PER_BAR
    assert [track.name for track in short.tracks] == [track.name for track in show.tracks]


def test_a_page_steers_and_is_told_when(stage):
    server, port = stage
    server.wait_for(lambda status: status["bar"] >= 1)

    async def play():
        async with page(port) as one, page(port) as other:
            hello = await one.hear("hello")
            await other.hear("hello")
            await one.say(do="/section", args=["breakdown"], id=1)
            assert (await one.hear("reply"))["ok"]
            for each in (one, other):  # both pages show it pending, then played at the promised bar
                (wish,) = await each.hear("pending", lambda wishes: any(w["path"] == "section" for w in wishes))
                bar = await each.hear("bar", lambda bar, tick=wish["tick"]: bar["tick"] == tick)
                assert bar["plan"]["section"] == "breakdown"
            await other.say(do="/tension", args=["much"], id=2)
            reply = await other.hear("reply")
            assert (reply["ok"], "0..1" in reply["reason"]) == (False, True)
            await one.say(time=5.25)
            clock = await one.hear("time")
            assert clock["time"] == 5.25
            assert hello["timeline"]["time0"] < clock["server"]
            await one.say(do="/panic")
            for each in (one, other):
                assert await each.hear("tell", lambda message: message["type"] == "Panic")

    asyncio.run(play())
    assert server.status()["section"] == "breakdown"
