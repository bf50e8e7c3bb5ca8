import asyncio

import pytest

from server import cradle as module
from server.child import start_child
from server.cradle import Cradle


def sleeper(connection):
    connection.recv_bytes()


def test_a_spare_that_died_is_not_taken():
    async def play():
        cradle = Cradle(sleeper)
        cradle.warm()
        spare, _ = await cradle._next
        spare.kill()
        spare.join()
        child, connection = await cradle.take()
        assert child.pid != spare.pid
        assert not child.join(0.0)
        child.kill()
        child.join()
        connection.close()
        cradle.warm()
        last, _ = await cradle._next
        await cradle.close()
        assert last.join(0.0)
        await cradle.close()

    asyncio.run(play())


def test_a_start_that_fails_raises_and_the_next_one_is_tried_afresh(monkeypatch):
    failures = []

    def start(target):
        if failures:
            raise failures.pop()
        return start_child(target)

    async def play():
        cradle = Cradle(sleeper)
        failures.append(OSError("no memory"))
        with pytest.raises(OSError, match="no memory"):
            await cradle.take()
        failures.append(OSError("no memory"))
        cradle.warm()
        child, connection = await cradle.take()  # not the spare, which could not start
        assert not failures
        child.kill()
        child.join()
        connection.close()
        failures.append(OSError("no memory"))
        cradle.warm()
        await cradle.close()

    monkeypatch.setattr(module, "start_child", start)
    asyncio.run(play())
