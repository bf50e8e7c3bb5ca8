"""Real worker processes with a microscopic ONNX expert."""

import asyncio
import os
import signal

import pytest

from engines.composer import Score, compose
from engines.expert import ExpertError
from server.experts.workers import LateError, Seat, Workers
from tests.engines.band import GENRES, control
from tests.engines.neural.toy import make_toy_lead

TOY = Seat("lead-gru")


def a_request():
    return next(compose(Score(), control(), GENRES["uplifting"], 138.0)).request


def with_workers(story, folder):
    make_toy_lead(folder)

    async def main():
        told, restarts = [], []
        workers = Workers(folder, told.append, restarts.append)
        workers.summon(TOY)
        workers.start()
        try:
            async with asyncio.timeout(60):
                await workers.changed()
                await story(workers, told, restarts)
        finally:
            workers.close()

    asyncio.run(main())


async def until(predicate):
    """Look again whenever the loop has had a turn of events; bounded by the test's timeout."""
    while not predicate():
        await asyncio.wait([asyncio.ensure_future(asyncio.to_thread(lambda: None))])


def test_an_expert_is_summoned_and_writes_the_same_bar_for_the_same_request(tmp_path):
    async def story(workers, told, _restarts):
        assert workers.ready(TOY)
        assert told[0].actual == workers.version(TOY) == "v1"
        first = await workers.ask(TOY, a_request(), 10)
        second = await workers.ask(TOY, a_request(), 10)
        assert first.content == second.content
        assert set(first.content) == {"lead"}

    with_workers(story, tmp_path)


def test_an_unknown_expert_is_refused_in_words(tmp_path):
    async def story(workers, told, _restarts):
        workers.summon(Seat("nobody"))
        await until(lambda: len(told) == 2)
        assert "nobody" in told[1].error
        with pytest.raises(ExpertError, match="not loaded"):
            await workers.ask(Seat("nobody"), a_request(), 1)

    with_workers(story, tmp_path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_worker_is_replaced_and_its_experts_are_summoned_again(tmp_path, number):
    async def story(workers, told, restarts):
        pid = workers.pid
        os.kill(pid, number)
        await until(lambda: restarts and not workers.ready(TOY))
        with pytest.raises(ExpertError):
            await workers.ask(TOY, a_request(), 1)
        await until(lambda: workers.ready(TOY))
        assert workers.pid != pid
        await workers.ask(TOY, a_request(), 10)

    with_workers(story, tmp_path)


def test_a_stopped_worker_is_late_then_busy_then_killed(tmp_path):
    async def story(workers, told, restarts):
        pid = workers.pid
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(LateError, match="no answer"):
            await workers.ask(TOY, a_request(), 0.05)
        with pytest.raises(LateError, match="busy"):
            await workers.ask(TOY, a_request(), 0.05)
        await until(lambda: restarts and workers.ready(TOY))
        await workers.ask(TOY, a_request(), 10)

    with_workers(story, tmp_path)


def test_an_expert_whose_loading_kills_the_worker_is_refused_in_the_end(tmp_path):
    async def story(workers, told, restarts):
        make_toy_lead(tmp_path, version="v2", use=False)
        deadly = Seat("lead-gru", "v2")
        for _ in range(2):
            await until(lambda: workers.pid is not None and workers.ready(TOY))
            os.kill(workers.pid, signal.SIGSTOP)  # so that it cannot load before it is killed
            workers.summon(deadly)
            count = len(restarts)
            workers.kill()
            await until(lambda count=count: len(restarts) > count)
        assert any("died of loading" in summoned.error for summoned in told)
        await until(lambda: workers.ready(TOY))
        assert not workers.ready(deadly)

    with_workers(story, tmp_path)
