import asyncio

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
