import multiprocessing
import queue
import threading

import pytest

from server import pipe as module
from server.pipe import Pipe
from server.player.messages import Beat, Connections, FromPlayer, Pulse, Stop, ToPlayer

WAIT_S = 10.0
CLOSED = object()


class End:
    """A pipe whose messages and end are put into a queue."""

    def __init__(self, connection, receives):
        self.got = queue.SimpleQueue()
        self.pipe = Pipe(connection, receives, self.got.put, lambda: self.got.put(CLOSED))

    def next(self):
        return self.got.get(timeout=WAIT_S)


@pytest.fixture
def ends():
    ours, theirs = multiprocessing.Pipe(duplex=True)
    main, player = End(ours, FromPlayer), End(theirs, ToPlayer)
    yield main, player
    for end in (main, player):
        end.pipe.close()


def test_messages_go_both_ways_in_order(ends):
    main, player = ends
    for time in range(100):
        assert main.pipe.send(Beat(float(time)))
    assert [player.next() for _ in range(100)] == [Beat(float(time)) for time in range(100)]
    player.pipe.send(Pulse(1.0, 2, 3, {"lead": 1}, 0.5, 4))
    assert main.next() == Pulse(1.0, 2, 3, {"lead": 1}, 0.5, 4)


def test_what_was_sent_before_closing_arrives_then_the_end(ends):
    main, player = ends
    main.pipe.send(Stop(7))
    main.pipe.close(drain_s=WAIT_S)
    assert player.next() == Stop(7)
    assert player.next() is CLOSED
    assert main.next() is CLOSED
    assert not main.pipe.send(Stop())


def test_a_peer_that_does_not_read_never_blocks_the_sender():
    ours, theirs = multiprocessing.Pipe(duplex=True)
    main = End(ours, FromPlayer)
    sent = 0
    while main.pipe.send(Pulse(0.0, 0, 0, {"x" * 500: 1}, 0.0, 0)):
        sent += 1
        assert sent < 100 * module.MAX_WAITING
    assert sent >= module.MAX_WAITING
    main.pipe.close()
    assert main.next() is CLOSED
    theirs.close()


@pytest.mark.parametrize(
    "garbage", [b"\xff\xff", b"", b"\x81\xa4type\xa5Nonce", b"\x00" * 100], ids=("bytes", "nothing", "type", "zeros")
)
def test_garbage_closes_the_pipe(garbage):
    ours, theirs = multiprocessing.Pipe(duplex=True)
    main = End(ours, FromPlayer)
    theirs.send_bytes(garbage)
    assert main.next() is CLOSED
    theirs.close()


def test_a_message_beyond_the_bound_closes_the_pipe(monkeypatch):
    monkeypatch.setattr(module, "MAX_MESSAGE_BYTES", 100)
    ours, theirs = multiprocessing.Pipe(duplex=True)
    main = End(ours, FromPlayer)
    theirs.send_bytes(b"x" * 101)
    assert main.next() is CLOSED
    theirs.close()


def test_a_peer_that_goes_is_noticed(ends):
    main, player = ends
    player.pipe.close()
    assert main.next() is CLOSED


def test_what_the_reading_thread_has_not_come_to_is_told():
    ours, theirs = multiprocessing.Pipe(duplex=True)
    began, go_on = threading.Event(), threading.Event()

    def dawdle(_message):
        began.set()
        assert go_on.wait(WAIT_S)

    slow, other = Pipe(ours, FromPlayer, dawdle, lambda: None), End(theirs, ToPlayer)
    assert not slow.unread
    other.pipe.send(Connections(()))
    assert began.wait(WAIT_S)
    other.pipe.send(Connections(()))
    other.pipe.close(WAIT_S)  # returns when it is written
    assert slow.unread
    go_on.set()
    slow.close()
    assert not slow.unread
