import asyncio
import socket

import pytest

from server.config import Osc
from server.surfaces.osc import OscSurface
from server.surfaces.osc.client import number_or_text, rejections, request
from server.surfaces.osc.encode import encode
from tests.server.fake_stage import FakeStage


def ask(address, *args):
    """Return the replies of a real server to one request."""

    async def run():
        surface = OscSurface(Osc("127.0.0.1", 0, 4_194_304, 60.0), FakeStage())
        await surface.start()
        try:
            return await asyncio.to_thread(request, *surface.address, address, args, 10.0)
        finally:
            surface.close()

    return asyncio.run(run())


def test_a_state_that_is_set_is_read_back():
    replies = ask("/bpm", 128)

    assert [(r.address, r.args) for r in replies] == [("/state/tempo", (128.0,))]
    assert rejections(replies) == []


def test_all_that_a_pattern_sets_is_read_back():
    replies = ask("/voice/{lead,Pad}/level", 0.25)

    assert [(r.address, r.args) for r in replies] == [
        ("/state/voice/lead/level", (0.25,)),
        ("/state/voice/pad/level", (0.25,)),
    ]
    assert [r.address for r in ask("/play*")] == ["/rejected"]


def test_the_first_slash_may_be_left_out():
    assert [r.address for r in ask("tension", 0.5)] == ["/state/tension"]


def test_refusals_come_with_their_reason():
    replies = ask("/tension", 7.0)

    assert [r.address for r in replies] == ["/rejected", "/state/tension"]
    (reason,) = rejections(replies)
    assert reason.startswith("/tension: ")


@pytest.mark.parametrize(("address", "answers"), [("/status", ["/status"]), ("/play", []), ("/ping", ["/pong"])])
def test_other_messages_give_what_they_give(address, answers):
    assert [r.address for r in ask(address)] == answers


def test_nobody_there_is_told():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        host, port = silent.getsockname()
        with pytest.raises(TimeoutError, match=f"{host}:{port}: is melody-engine serving"):
            request(host, port, "/ping", (), 0.01)
    with pytest.raises(TimeoutError, match="no answer"):
        request(host, port, "/ping", (), 10.0)  # refused at once


def test_junk_and_strangers_answers_do_not_confuse():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        async def run():
            asking = asyncio.create_task(asyncio.to_thread(request, *server.getsockname(), "/play", (), 10.0))
            data, sender = await asyncio.to_thread(server.recvfrom, 65_536)
            for reply in (b"junk", encode("/synced", (0,)), encode("/bar", (1,))):
                server.sendto(reply, sender)
            server.sendto(encode("/synced", (int.from_bytes(data[-4:], "big"),)), sender)
            return await asking

        assert [r.address for r in asyncio.run(run())] == ["/synced", "/bar"]


@pytest.mark.parametrize(
    ("word", "value"), [("3", 3), ("-1", -1), ("0.8", 0.8), ("1e2", 100.0), ("Am", "Am"), ("", ""), ("4/4", "4/4")]
)
def test_words_become_numbers_where_they_are_some(word, value):
    assert number_or_text(word) == value
    assert type(number_or_text(word)) is type(value)
