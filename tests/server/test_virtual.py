import asyncio

import pytest

from tests.server import virtual


def test_an_hour_passes_at_once_and_exactly():
    async def session():
        order = []

        async def nap(seconds):
            await virtual.passing(seconds)
            order.append((seconds, virtual.now()))

        await asyncio.gather(nap(3600.0), nap(0.25), nap(12.0))
        return order

    assert virtual.run(session()) == [(0.25, 0.25), (12.0, 12.0), (3600.0, 3600.0)]


def test_time_stands_still_while_something_is_ready():
    async def session():
        await virtual.turns(1000)
        return virtual.now()

    assert virtual.run(session()) == 0.0


def test_a_deadlock_is_an_error():
    async def session():
        await asyncio.get_running_loop().create_future()

    with pytest.raises(virtual.DeadlockError, match="no timer"):
        virtual.run(session())


def test_timeouts_are_virtual_too():
    async def session():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(86400):
                await asyncio.Event().wait()
        return virtual.now()

    assert virtual.run(session()) == 86400.0
