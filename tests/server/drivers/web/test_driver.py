"""The driver on a real port of loopback: what a client may take of it, and what it may not."""

import asyncio
import contextlib
import socket
import struct
import threading

import pytest
import uvloop
from aiohttp import ClientPayloadError, ClientSession, WSMsgType
from msgspec.structs import replace

from server.config import load
from server.drivers.web import WebDriver
from server.drivers.web.driver import AGAIN_S, FULL, TAPES, bound
from server.web.asked import Answer, Cut, Flow, Upgrade
from server.web.tape import TapeError
from tests.server.virtual import passing, turns

WEB = replace(load().web, host="127.0.0.1", frame_bytes=1024, connections=8, clients=3, request_s=1, stalled_s=1)


class Echo:
    """A talk that says what it hears, and much more when it is asked to."""

    def __init__(self, outbox):
        self.outbox = outbox
        self.closed = False

    def take(self, data):
        if data == "much":
            for _ in range(400):
                self.outbox.put(b"x" * 10_000)
        elif data == "bad":
            self.outbox.put(b"last words")
            return "that was bad"
        else:
            self.outbox.put(data if isinstance(data, bytes) else data.encode(), binary=isinstance(data, bytes))
        return ""

    def close(self):
        self.closed = True


class Site:
    """Answers everything; writes down what happened."""

    def __init__(self):
        self.refused, self.dropped, self.states, self.talks, self.asked = [], [], [], [], []
        self.answer_with = Answer(200, b"hello", headers={"X-Ours": "yes"})
        self.tape, self.size, self.no_tape, self.taping = b"MThd", 0, None, 0

    def answer(self, asked):
        self.asked.append(asked)
        if asked.path == "/broken":
            raise RuntimeError("a fault of ours")
        if asked.path == "/cut":
            return Cut(4)
        return Upgrade(page=True, paired=True) if asked.upgrade else self.answer_with

    @contextlib.asynccontextmanager
    async def cut(self, bars):
        self.taping += 1
        try:
            yield self.no_tape or Flow(self.size or len(self.tape), self.chunks(), "audio/midi", {"X-Bars": str(bars)})
        finally:
            self.taping -= 1

    async def chunks(self):
        for place in range(0, len(self.tape), 65_536):
            yield self.tape[place : place + 65_536]
        if self.size > len(self.tape):
            raise TapeError("it ended")

    @contextlib.contextmanager
    def talk(self, upgrade, outbox):
        talk = Echo(outbox)
        self.talks.append(talk)
        try:
            yield talk
        finally:
            talk.close()

    def refuse(self, kind, remote, reason):
        self.refused.append((kind, remote, reason))

    def drop(self, remote, reason):
        self.dropped.append((remote, reason))

    def tell(self, state, detail):
        self.states.append((state, detail))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def served(story, loop_factory=None, **bounds):
    async def main():
        config, site = replace(WEB, port=free_port(), **bounds), Site()
        task = asyncio.create_task(WebDriver(config, site).run())
        await until(lambda: site.states)
        try:
            async with asyncio.timeout(60):
                await story(site, config)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        assert all(talk.closed for talk in site.talks)
        return site

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(main())


async def until(wanted, turns_at_most=20_000):
    """Give the loop turns until it is so; the test's own limit is the clock."""
    for _ in range(turns_at_most):
        if wanted():
            return
        await passing(0.001)
    raise AssertionError("it never came")


@contextlib.asynccontextmanager
async def plug(config):
    reader, writer = await asyncio.open_connection("127.0.0.1", config.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def page(config, **headers):
    async with ClientSession() as session, session.ws_connect(
        f"http://127.0.0.1:{config.port}/ws", headers=headers, autoclose=True, max_msg_size=0
    ) as ws:  # fmt: skip
        yield ws


def test_recordings_that_nobody_takes_make_others_wait_and_say_so():
    async def ask(stack, config):
        reader, writer = await stack.enter_async_context(plug(config))
        writer.write(b"GET /cut HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return reader, await reader.readuntil(b"\r\n\r\n")

    async def story(site, config):
        site.tape = bytes(16 << 20)
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(TAPES):
                assert b" 200 OK" in (await ask(stack, config))[1]
            reader, head = await ask(stack, config)
            assert b" 503 " in head
            assert b"Retry-After: 2\r\n" in head
            assert b"try again" in await reader.readexactly(len(FULL.body))
        site.tape = b"MThd"
        answers = []
        while b"MThd" not in answers:  # as soon as those have gone
            async with ClientSession() as session, session.get(f"http://127.0.0.1:{config.port}/cut") as answer:
                answers.append(await answer.read())
        assert (site.dropped, site.taping) == ([], 0)

    served(story)


def test_a_recording_that_nobody_takes_is_cut_off(monkeypatch):
    monkeypatch.setattr("server.drivers.web.flow.SEND_S", 0.05)

    async def story(site, config):
        site.tape = bytes(16 << 20)
        async with plug(config) as (reader, writer):
            writer.write(b"GET /cut HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await until(lambda: site.dropped)
            assert len(await reader_until_reset(reader)) < len(site.tape)
        assert site.dropped == [("127.0.0.1", "took nothing of a recording for 0.05 s")]
        await until(lambda: site.taping == 0)

    served(story)


async def reader_until_reset(reader):
    found = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while data := await reader.read(65_536):
            found += data
    return bytes(found)


def test_a_recording_on_its_way_ends_with_the_server():
    with socket.socket() as client:

        async def story(site, config):
            site.tape = bytes(16 << 20)
            client.connect(("127.0.0.1", config.port))
            client.sendall(b"GET /cut HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await until(lambda: site.taping)

        site = served(story)
    assert (site.taping, site.dropped) == (0, [])


def test_a_recording_that_ends_too_early_breaks_the_connection_and_is_told():
    async def story(site, config):
        site.tape, site.size = bytes(100_000), 200_000
        async with ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{config.port}/cut") as answer:
                assert (answer.status, answer.headers["Content-Length"]) == (200, "200000")
                with pytest.raises((ClientPayloadError, ConnectionResetError)):
                    await answer.read()
            site.size = 0
            async with session.get(f"http://127.0.0.1:{config.port}/cut") as answer:
                assert await answer.read() == site.tape
        assert site.dropped == [("127.0.0.1", "it ended")]

    served(story)


def test_why_there_is_no_recording_is_answered():
    async def story(site, config):
        site.no_tape = Answer(409, b"nothing is recorded")
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{config.port}/cut") as answer:
            assert (answer.status, await answer.read()) == (409, b"nothing is recorded")

    served(story)


def test_a_request_is_handed_over_as_a_value_and_answered_with_our_headers():
    async def story(site, config):
        async with ClientSession() as session:
            url = f"http://127.0.0.1:{config.port}/a%20b?token=t&bars=3"
            async with session.get(url, headers={"Accept": "text/html"}) as answer:
                assert (answer.status, await answer.read()) == (200, b"hello")
                assert answer.headers["X-Ours"] == "yes"
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                assert "aiohttp" not in answer.headers["Server"]
            async with session.head(url) as answer:
                assert (answer.status, await answer.read()) == (200, b"")
            async with session.get(f"http://127.0.0.1:{config.port}/cut") as answer:
                assert (await answer.read(), answer.headers["X-Bars"], answer.content_type) == (
                    b"MThd",
                    "4",
                    "audio/midi",
                )
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                assert "aiohttp" not in answer.headers["Server"]
            async with session.head(f"http://127.0.0.1:{config.port}/cut") as answer:
                assert (answer.headers["Content-Length"], await answer.read()) == ("4", b"")
        asked = site.asked[0]
        assert (asked.method, asked.path, asked.query, asked.accept) == ("GET", "/a b", "token=t&bars=3", "text/html")
        knock = asked.knock
        assert (knock.remote, knock.local, knock.token) == ("127.0.0.1", "127.0.0.1", "t")
        assert (knock.host, knock.origin) == (f"127.0.0.1:{config.port}", None)

    served(story)


def test_the_cookie_is_a_token_and_two_hosts_are_none():
    async def story(site, config):
        async with plug(config) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: melody_token=abc; x=1\r\nOrigin: null\r\n\r\n")
            await reader.readuntil(b"hello")
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
            await reader.read(1000)
        assert (site.asked[0].knock.token, site.asked[0].knock.origin) == ("abc", "null")
        assert [asked.knock.host for asked in site.asked[1:]] in ([], [""])  # refused by the parser, or told as none

    served(story)


def test_frames_go_both_ways_as_text_and_binary():
    async def story(site, config):
        async with page(config, Origin="http://x") as ws:
            await ws.send_str("ü")
            await ws.send_bytes(b"\0\1")
            assert [(m.type, m.data) for m in (await ws.receive(), await ws.receive())] == [
                (WSMsgType.TEXT, "ü"), (WSMsgType.BINARY, b"\0\1"),
            ]  # fmt: skip
        assert site.asked[0].knock.origin == "http://x"

    served(story)


def test_who_is_bad_hears_the_last_words_and_the_reason():
    async def story(site, config):
        async with page(config) as ws:
            await ws.send_str("bad")
            assert (await ws.receive()).data == "last words"
            end = await ws.receive()
            assert (end.type, end.data, end.extra) == (WSMsgType.CLOSE, 1008, "that was bad")
        assert site.refused == [("frames", "127.0.0.1", "that was bad")]

    served(story)


def test_a_message_that_is_too_large_is_never_kept():
    async def story(site, config):
        async with page(config) as ws:
            await ws.send_str("x" * 1025)
            end = await ws.receive()
            assert (end.type, end.data, end.extra) == (WSMsgType.CLOSE, 1009, "a message may have 1024 bytes")
        async with plug(config) as (reader, writer):  # announced, never sent
            writer.write(HANDSHAKE + b"\x81\xff" + (2**40).to_bytes(8, "big") + b"mask" + b"y" * 100)
            assert b"\x88" in await reader.read()
        assert [kind for kind, *_ in site.refused] == ["frames", "frames"]

    served(story)


HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MALFORMED = {
    "reserved bits": b"\xf1\x80mask",
    "unknown opcode": b"\x83\x80mask",
    "not masked": b"\x81\x02hi",
    "continuation of nothing": b"\x80\x80mask",
    "fragmented control": b"\x09\x80mask",
    "control too long": b"\x89\xfe\x00\x7emask" + b"x" * 126,
    "no UTF-8": b"\x81\x82\0\0\0\0\xff\xfe",
    "length beyond all": b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xffmask",
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
def test_frames_that_are_none_end_the_conversation(frame):
    async def story(site, config):
        async with plug(config) as (reader, writer):
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(frame)
            said = await reader.read()
            assert said[:1] == b"\x88" or not said or b"hi" in said
        async with page(config) as ws:
            await ws.send_str("still here")
            assert (await ws.receive()).data == "still here"

    served(story)


def test_who_does_not_read_is_cut_off_and_nobody_waits_for_him():
    async def story(site, config):
        async with plug(config) as (_, writer), page(config) as ws:
            writer.write(HANDSHAKE + b"\x81\x84\0\0\0\0much")
            await until(lambda: site.dropped)
            await ws.send_str("and you?")
            assert (await ws.receive()).data == "and you?"
        assert "wait" in site.dropped[0][1]
        await until(lambda: site.talks[0].closed)

    served(story)


def test_who_reads_nothing_for_long_is_cut_off_though_little_waits():
    async def story(site, config):
        async with plug(config) as (_, writer):
            writer.write(HANDSHAKE + b"\x81\x84\0\0\0\0much")
            await until(lambda: site.dropped)
        assert "read nothing" in site.dropped[0][1]

    served(story, outbox_bytes=64 << 20)


def test_too_many_clients_and_connections_are_refused():
    async def story(site, config):
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(config.clients):
                await stack.enter_async_context(page(config))
            reader, writer = await stack.enter_async_context(plug(config))
            writer.write(HANDSHAKE)
            assert b" 503 " in await reader.readline()
            assert site.refused[-1][0] == "clients"
            plugs = [await stack.enter_async_context(plug(config)) for _ in range(10)]
            await until(lambda: any(kind == "connections" for kind, *_ in site.refused))
            ended = [reader for reader, _ in plugs[-3:]]
            with contextlib.suppress(ConnectionError):
                assert [await reader.read() for reader in ended] == [b""] * 3
        async with page(config) as ws:  # they have gone: there is room again
            await ws.send_str("hi")
            assert (await ws.receive()).data == "hi"

    served(story)


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_who_has_gone_before_he_was_taken_leaves_no_place_taken(loop_factory):
    async def story(site, config):
        for _ in range(config.connections - 8):
            with socket.create_connection(("127.0.0.1", config.port)) as tcp:
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it ends with a reset
        await turns(100)
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(config.connections):
                reader, writer = await stack.enter_async_context(plug(config))
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert b" 200 " in await reader.readline()
        assert site.refused == []

    served(story, loop_factory, connections=32)


def test_who_comes_too_often_in_a_second_is_refused_and_may_come_again():
    async def story(site, config):
        ended = []
        async with asyncio.timeout(30):
            while not site.refused:
                async with plug(config) as (reader, writer):
                    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    with contextlib.suppress(ConnectionError):
                        ended.append(await reader.read())
        assert len([answer for answer in ended if b" 200 OK" in answer]) >= 4
        assert site.refused[0] == ("connections", "127.0.0.1", "more than 4 connections in a second")
        answered = b""
        while b" 200 OK" not in answered:
            async with plug(config) as (reader, writer):
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                with contextlib.suppress(ConnectionError):
                    answered = await reader.read()

    served(story, requests_per_s=4)


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_who_shuts_his_side_after_asking_is_answered_and_leaves_no_place_taken(loop_factory):
    async def story(site, config):
        for sent in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", b"GET / HT", HANDSHAKE) * config.connections:
            async with plug(config) as (reader, writer):
                writer.write(sent)
                writer.write_eof()
                said = await reader.read()
                assert (b" 200 OK" in said) == sent.endswith(b"localhost\r\n\r\n")
        await until(lambda: all(talk.closed for talk in site.talks))
        assert site.refused == []

    served(story, loop_factory, request_s=30)


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: 1"], ids=["nothing", "a line", "headers"]
)
def test_who_does_not_say_what_he_wants_is_cut_off(sent):
    async def story(site, config):
        async with plug(config) as (reader, writer):
            writer.write(sent)
            assert await reader.read() == b""
        assert site.asked == []

    served(story)


async def until_the_end(reader):
    """All that is said; a letter that crosses the other's hanging up turns his end into a reset."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := await reader.read(4096):
            said += part
    return said


def test_who_says_it_a_letter_at_a_time_gains_nothing():
    async def story(site, config):
        async with plug(config) as (reader, writer):
            ended = asyncio.create_task(until_the_end(reader))
            sent = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
            while not ended.done():
                writer.write(sent[:1] or b"x")
                sent = sent[1:]
                await passing(0.02)
            assert ended.result() == b""
        assert site.asked == []

    served(story)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
        b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0" * 100 + b"\r\n\r\n",
        HANDSHAKE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"short"),
        HANDSHAKE.replace(b"Version: 13", b"Version: 99"),
    ],
    ids=[
        "tls",
        "long header",
        "long line",
        "many headers",
        "length",
        "smuggling",
        "version",
        "zeros",
        "key",
        "ws version",
    ],
)
def test_what_is_no_http_is_refused_and_told(sent, caplog):
    async def story(site, config):
        async with plug(config) as (reader, writer):
            writer.write(sent)
            said = await reader.read()
            assert b" 400 " in said.split(b"\r\n")[0]
            assert b"aiohttp" not in said
        assert [kind for kind, *_ in site.refused] == ["malformed"]
        assert len(site.refused[0][2]) <= 80

    served(story)
    assert caplog.records == []


def test_a_body_nobody_asked_for_is_not_kept():
    async def story(site, config):
        async with plug(config) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n" + b"z" * 100_000)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            with contextlib.suppress(ConnectionError):
                await reader.read()  # it ends, though most of the body never came

    served(story)


def test_a_fault_of_ours_is_an_answer_and_one_line_however_often(caplog):
    async def story(site, config):
        async with ClientSession() as session:
            for _ in range(3):
                async with session.get(f"http://127.0.0.1:{config.port}/broken") as answer:
                    assert answer.status == 500
                    assert "fault of ours" in await answer.text()

    served(story)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_port_that_is_taken_is_told_once_and_tried_again(monkeypatch):
    monkeypatch.setattr("server.drivers.web.driver.AGAIN_S", 0.01)
    assert AGAIN_S > 1

    async def main():
        site, config = Site(), replace(WEB, port=free_port())
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", config.port))
            taken.listen()
            task = asyncio.create_task(WebDriver(config, site).run())
            await until(lambda: len(site.states) >= 3)
        await until(lambda: site.states[-1][0] == "open")
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return site.states

    first, *again, last = asyncio.run(main())
    assert first[0] == "waiting"
    assert "Change web.port" in first[1]
    assert set(again) == {("waiting", "")}
    assert last == ("open", "")


def test_an_address_that_is_none_is_named():
    for host in ("no such host", "x" * 70, "x..y"):
        with pytest.raises(OSError, match=rf"{host}: .*Change web\.host"):
            asyncio.run(bound(replace(WEB, host=host)))
    with pytest.raises(OSError, match=r"Change web\.port \(or web\.host\)"):
        asyncio.run(bound(replace(WEB, host="192.0.2.77")))


def test_a_name_is_looked_up_beside_the_loop(monkeypatch):
    threads = []
    found = socket.getaddrinfo

    def slow(*args, **kwargs):
        threads.append(threading.current_thread())
        return found(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    asyncio.run(bound(replace(WEB, host="localhost", port=free_port()))).close()
    assert threads
    assert threading.main_thread() not in threads


def test_at_the_end_everybody_is_told():
    async def main():
        config, site = replace(WEB, port=free_port()), Site()
        task = asyncio.create_task(WebDriver(config, site).run())
        await until(lambda: site.states)
        async with page(config) as ws:
            await ws.send_str("hi")
            await ws.receive()
            task.cancel()
            end = await ws.receive()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await turns(3)
        return end, site

    end, site = asyncio.run(main())
    assert (end.type, end.data) == (WSMsgType.CLOSE, 1001)
    assert site.talks[0].closed
