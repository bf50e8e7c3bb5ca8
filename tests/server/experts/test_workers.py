"""Real worker processes with a microscopic ONNX expert."""

import asyncio
import os
import signal

import pytest

from engines.composer import Score, compose
from engines.expert import ExpertError
from server.config import load
from server.experts.seats import BusyError, LateError, Seat
from server.experts.workers import Workers
from server.house import House
from tests.engines.band import GENRES, control
from tests.engines.neural.toy import make_toy_lead
from tests.server.experts import dying_worker

TOY = Seat("lead-gru")
OTHER = Seat("lead-gru", "v1")


def a_request():
    return next(compose(Score(), control(), GENRES["uplifting"], 138.0)).request


def with_workers(story, folder, *seats, count=1):
    make_toy_lead(folder)

    async def main():
        told, troubles = [], []
        workers = Workers(folder, told.append, troubles.append, count=count)
        for seat in (TOY, *seats):
            workers.summon(seat)
        workers.start()
        try:
            async with asyncio.timeout(60):
                while not all(workers.ready(seat) for seat in (TOY, *seats)):
                    await workers.changed()
                await story(workers, told, troubles)
        finally:
            await workers.close()
        assert workers.pids == (0,) * count

    asyncio.run(main())


async def until(predicate):
    """Look again whenever the loop has had a turn of events; bounded by the test's timeout."""
    while not predicate():
        await asyncio.wait([asyncio.ensure_future(asyncio.to_thread(lambda: None))])


def test_an_expert_is_summoned_and_writes_the_same_bar_for_the_same_request(tmp_path):
    async def story(workers, told, _troubles):
        assert workers.state == "up"
        assert told[0].actual == workers.version(TOY) == "v1"
        first = await workers.ask(TOY, a_request(), 10)
        second = await workers.ask(TOY, a_request(), 10)
        assert first.content == second.content
        assert set(first.content) == {"lead"}

    with_workers(story, tmp_path)


def test_an_unknown_expert_is_refused_in_words(tmp_path):
    async def story(workers, told, _troubles):
        workers.summon(Seat("nobody"))
        await until(lambda: len(told) == 2)
        assert "nobody" in told[1].error
        with pytest.raises(ExpertError, match="not loaded"):
            await workers.ask(Seat("nobody"), a_request(), 1)

    with_workers(story, tmp_path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_worker_is_replaced_and_its_experts_are_summoned_again(tmp_path, number):
    async def story(workers, _told, troubles):
        (pid,) = workers.pids
        os.kill(pid, number)
        await until(lambda: troubles and not workers.ready(TOY))
        assert f"signal {number}" in troubles[0]
        with pytest.raises(ExpertError):
            await workers.ask(TOY, a_request(), 1)
        await until(lambda: workers.ready(TOY))
        assert workers.pids[0] != pid
        await workers.ask(TOY, a_request(), 10)

    with_workers(story, tmp_path)


def test_a_stopped_worker_is_late_then_busy_then_killed(tmp_path):
    async def story(workers, _told, troubles):
        (pid,) = workers.pids
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(LateError, match="no answer"):
            await workers.ask(TOY, a_request(), 0.05)
        with pytest.raises(LateError, match="busy"):
            await workers.ask(TOY, a_request(), 0.05)
        with pytest.raises(BusyError, match="busy"):
            await workers.ask(OTHER, a_request(), 0.05)
        await until(lambda: troubles and workers.ready(TOY))
        await workers.ask(TOY, a_request(), 10)

    with_workers(story, tmp_path, OTHER)


def test_an_expert_whose_loading_kills_the_worker_is_refused_in_the_end(tmp_path, monkeypatch):
    deadly = Seat("lead-gru", dying_worker.DEADLY)
    monkeypatch.setattr("server.experts.process.worker", dying_worker)

    async def story(workers, told, troubles):
        workers.summon(deadly)
        await until(lambda: any("died of loading" in summoned.error for summoned in told))
        await until(lambda: len(troubles) == 2 and workers.ready(TOY))
        assert not workers.ready(deadly)

    with_workers(story, tmp_path)


def test_who_plays_answers_while_another_is_being_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr("server.experts.process.worker", dying_worker)
    loading = Seat("lead-gru", dying_worker.ENDLESS)

    async def story(workers, _told, troubles):
        workers.summon(loading)
        assert (await workers.ask(TOY, a_request(), 10)).content
        assert not workers.ready(loading)
        assert not troubles

    with_workers(story, tmp_path)


def test_two_workers_share_the_experts_and_one_that_is_stuck_delays_nobody_else(tmp_path):
    async def story(workers, _told, troubles):
        first, second = workers.pids
        os.kill(first, signal.SIGSTOP)
        with pytest.raises(LateError):
            await workers.ask(TOY, a_request(), 0.05)
        assert (await workers.ask(OTHER, a_request(), 10)).content
        os.kill(second, signal.SIGKILL)
        await until(lambda: len(troubles) == 2 and workers.ready(TOY) and workers.ready(OTHER))
        assert not {first, second} & set(workers.pids)

    with_workers(story, tmp_path, OTHER, count=2)


def test_the_configuration_says_how_many_workers_there_are(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "band: {workers: 3}\njournal: {enabled: false}\nrecord: {enabled: false}\nscenes: {enabled: false}\n"
    )

    async def main():
        house = House(load([file]))
        assert house.workers.pids == (0, 0, 0)
        default_lineup = {Seat(name) for chain in load().band.lineup.values() for name in chain}
        loads = [process.load for process in house.workers._processes]
        assert sum(loads) == len(default_lineup)
        assert max(loads) - min(loads) <= 1
        assert house.workers._homes.keys() == default_lineup

    asyncio.run(main())
