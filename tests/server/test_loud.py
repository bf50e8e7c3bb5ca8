"""What breaks beside the music is seen at once, and the music goes on."""

import asyncio

import pytest

from server.loud import loud
from tests.server.stagehand import Stagehand
from tests.server.virtual import passing, run, turns


def broken(*_):
    raise ZeroDivisionError


def faults():
    """Whatever reaches the running loop's exception handler from now on."""
    found = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context["exception"]))
    return found


def test_a_task_that_breaks_is_seen_though_it_is_kept_and_one_that_is_cancelled_is_no_fault():
    async def main():
        found = faults()

        async def breaks():
            broken()

        kept = loud(asyncio.create_task(breaks()))
        cancelled = loud(asyncio.create_task(passing(1.0)))
        await turns()
        cancelled.cancel()
        await turns(3)
        assert [type(fault) for fault in found] == [ZeroDivisionError]
        assert kept.done()

    run(main())


def a_broken_beat(hand):
    hand.performance.limit.count = broken


def a_broken_rehearsal(hand):
    hand.band.rehearse = broken


@pytest.mark.parametrize("breaking", [a_broken_beat, a_broken_rehearsal])
def test_a_fault_beside_the_music_is_seen_at_once_and_the_music_goes_on(breaking):
    async def main():
        async with Stagehand() as hand:
            found = faults()
            breaking(hand)
            hand.say("/play")
            await hand.bar(2.5)
            assert {type(fault) for fault in found} == {ZeroDivisionError}
            assert max(hand.player.loads()) >= 2

    run(main())
