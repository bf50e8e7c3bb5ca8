from itertools import pairwise

from server.web.pace import Pace
from tests.server.virtual import now, passing, run, turns


def test_at_once_the_first_time_and_no_more_than_once_in_the_interval():
    async def main():
        done = []
        pace = Pace(0.1, lambda: done.append(now()))
        pace.soon()
        pace.soon()
        await turns(2)
        assert done == [0.0]
        for _ in range(100):
            pace.soon()
            await passing(0.01)
        await passing(1)
        pace.soon()
        pace.cancel()
        await passing(1)
        return done

    done = run(main())
    assert 10 <= len(done) <= 12
    assert min(b - a for a, b in pairwise(done)) > 0.0999


def test_now_takes_the_place_of_soon():
    async def main():
        done = []
        pace = Pace(0.1, lambda: done.append(now()))
        pace.soon()
        pace.now()
        await turns(1)
        await passing(1)
        return done

    assert run(main()) == [0.0]
