import asyncio

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from server.web.outbox import Outbox
from tests.server.virtual import run, turns


def contents(outbox):
    return [data for data, _ in outbox.take()]


def test_frames_come_in_order_and_the_state_behind_them_once():
    outbox = Outbox(1000, 10, lambda: None)
    outbox.put(b"1")
    outbox.put_state({"tension": (0.1,)})
    outbox.put(b"2", binary=True)
    outbox.put_state({"tension": (0.2,), "key": ("Am",)})
    outbox.put_latest("status", b"old")
    outbox.put_latest("status", b"new")
    assert outbox.take() == [
        (b"1", False),
        (b"2", True),
        (msgspec.json.encode({"state": {"tension": [0.2], "key": ["Am"]}}), False),
        (b"new", False),
    ]
    assert outbox.take() == []


@given(st.lists(st.integers(1, 200), max_size=60), st.integers(100, 2000), st.integers(1, 30))
def test_never_more_waits_than_it_may_and_who_is_full_is_told_once(sizes, size, most):
    full = []
    outbox = Outbox(size, most, lambda: full.append(1))
    taken = 0
    for each in sizes:
        outbox.put(b"x" * each)
        taken += 1
        assert outbox.waiting <= size
        assert len(outbox._frames) <= most
        if outbox.full:
            break
    assert len(full) == outbox.full == (sum(sizes[:taken]) > size or taken > most)
    if outbox.full:
        outbox.put(b"more")
        outbox.put_state({"tension": (1,)})
        outbox.put_latest("status", b"s")
        assert (contents(outbox), len(full)) == ([], 1)


def test_a_state_that_nobody_reads_takes_no_more_room():
    outbox = Outbox(100, 10, lambda: None)
    for value in range(100_000):
        outbox.put_state({"tension": (value,)})
    assert contents(outbox) == [b'{"state":{"tension":[99999]}}']


def test_collecting_waits_for_something():
    async def main():
        outbox = Outbox(100, 10, lambda: None)
        waiting = asyncio.create_task(outbox.collect())
        await turns(3)
        assert not waiting.done()
        outbox.put(b"1")
        return await waiting

    assert run(main()) == [(b"1", False)]
