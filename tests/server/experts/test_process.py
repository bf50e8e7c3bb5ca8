"""Faults of a worker in virtual time, exact to the millisecond."""

import asyncio

import pytest

from engines.composer import Score, compose
from engines.expert import ExpertError
from server.experts.process import MAX_RESTART_S, RESTART_S, UP, WorkerProcess
from server.experts.roll import LOAD_S as PATIENCE_S
from server.experts.seats import BusyError, LateError, Seat
from tests.engines.band import GENRES, control
from tests.server.experts.fake_worker import GOOD, LOAD_S, Stage
from tests.server.virtual import now, passing, run

TOY, OTHER = Seat("toy"), Seat("other")
STUCK_S = 1.0


def a_request():
    return next(compose(Score(), control(), GENRES["uplifting"], 138.0)).request


def process(story, *deeds, failures=(), loaded=True):
    stage = Stage(deeds, failures)
    stage.told, stage.troubles = [], []

    async def main():
        worker = WorkerProcess("models", STUCK_S, stage.told.append, stage.troubles.append)
        worker.summon(TOY)
        worker.summon(OTHER)
        worker.start()
        if loaded:
            await passing(2.5 * LOAD_S)
            assert worker.ready(TOY)
            assert worker.ready(OTHER)
        await story(worker)
        await worker.close()
        assert all(child.status is not None for child in stage.children)

    with stage.worker_processes():
        run(main())
    return stage


async def outcome(asking):
    try:
        await asking
    except ExpertError as error:
        return type(error)
    return "answer"


def test_an_answer_comes_in_its_time_and_a_late_one_never():
    async def story(worker):
        began = now()
        assert (await worker.ask(TOY, a_request(), 0.05)).content
        assert now() - began == pytest.approx(0.004)
        with pytest.raises(LateError, match="no answer within 50 ms"):
            await worker.ask(TOY, a_request(), 0.05)
        assert now() - began == pytest.approx(0.054)
        await passing(0.1)
        with pytest.raises(ExpertError, match="no idea"):  # not the late answer
            await worker.ask(TOY, a_request(), 0.05)

    process(story, GOOD, ("good", 0.1), ("raise", 0.004))


def test_behind_a_late_bar_nobody_waits_and_only_its_expert_is_to_blame():
    async def story(worker):
        assert await outcome(worker.ask(TOY, a_request(), 0.05)) is LateError
        began = now()
        assert await outcome(worker.ask(TOY, a_request(), 0.5)) is LateError
        assert await outcome(worker.ask(OTHER, a_request(), 0.5)) is BusyError
        assert now() == began

    process(story, ("loop", 0))


def test_behind_a_bar_in_time_one_waits():
    async def story(worker):
        rehearsal = asyncio.ensure_future(worker.ask(TOY, a_request(), 0.1))
        await passing(0.01)
        assert (await worker.ask(OTHER, a_request(), 0.05)).content
        assert rehearsal.done()
        with pytest.raises(LateError, match="no time"):
            await worker.ask(OTHER, a_request(), 0.0)

    process(story, ("good", 0.03), GOOD)


def test_one_waits_no_longer_than_until_either_deadline():
    async def story(worker):
        rehearsal = asyncio.ensure_future(outcome(worker.ask(TOY, a_request(), 0.1)))
        await passing(0.01)
        began = now()
        assert await outcome(worker.ask(OTHER, a_request(), 0.02)) is BusyError
        assert now() - began == pytest.approx(0.02)
        assert await outcome(worker.ask(OTHER, a_request(), 0.5)) is BusyError
        assert now() - began == pytest.approx(0.09)
        assert await rehearsal is LateError

    process(story, ("loop", 0))


def test_an_answer_that_nobody_waits_for_any_more_is_not_in_the_way():
    async def story(worker):
        rehearsal = asyncio.ensure_future(worker.ask(TOY, a_request(), 0.1))
        await passing(0.01)
        rehearsal.cancel()
        assert (await worker.ask(OTHER, a_request(), 0.05)).content

    process(story, ("good", 0.03))


def test_a_stuck_worker_is_killed_in_time_and_its_experts_come_back():
    async def story(worker):
        pid = worker.pid
        assert await outcome(worker.ask(TOY, a_request(), 0.05)) is LateError
        await passing(STUCK_S - 0.001)
        assert worker.pid == pid
        await passing(RESTART_S + 2 * LOAD_S + 0.01)
        assert worker.pid != pid
        assert worker.ready(OTHER)
        assert (await worker.ask(TOY, a_request(), 0.05)).content

    assert len(process(story, ("loop", 0)).troubles) == 1


def test_who_waits_for_a_worker_that_dies_hears_of_it_at_once():
    async def story(worker):
        first = asyncio.ensure_future(outcome(worker.ask(TOY, a_request(), 5.0)))
        await passing(0.001)
        second = asyncio.ensure_future(outcome(worker.ask(OTHER, a_request(), 5.0)))
        await passing(0.02)
        assert first.result() is second.result() is ExpertError

    process(story, ("die", 0.01))


def test_a_worker_that_cannot_start_is_tried_again_and_says_so():
    async def story(worker):
        await passing(RESTART_S / 2)
        assert worker.state == "cannot start: [Errno 11] Resource temporarily unavailable"
        assert worker.pid == 0
        with pytest.raises(ExpertError, match="not loaded"):
            await worker.ask(TOY, a_request(), 0.05)
        await passing(3 * RESTART_S)
        assert worker.state == UP
        await passing(3 * LOAD_S)
        assert (await worker.ask(TOY, a_request(), 0.05)).content

    failures = [BlockingIOError(11, "Resource temporarily unavailable"), RuntimeError("can't start new thread")]
    assert len(process(story, failures=failures, loaded=False).troubles) == 2


def test_the_pauses_between_starts_grow_up_to_their_end():
    async def story(worker):
        await passing(60.0)
        assert worker.state.startswith("cannot start")

    troubles = process(story, failures=[OSError("no memory")] * 100, loaded=False).troubles
    assert 60 / MAX_RESTART_S <= len(troubles) <= 60 / MAX_RESTART_S + 8


@pytest.mark.parametrize("how", ["deadly", "endless"])
def test_an_expert_that_cannot_be_loaded_is_refused_and_the_others_play(how):
    stage, bad = Stage(), Seat("bad")
    getattr(stage, how).add("bad")
    told, troubles = [], []

    async def main():
        worker = WorkerProcess("models", STUCK_S, told.append, troubles.append)
        worker.summon(OTHER)
        worker.start()
        await passing(2 * LOAD_S)
        worker.summon(bad)
        await passing(3 * PATIENCE_S)
        assert not worker.ready(bad)
        assert (await worker.ask(OTHER, a_request(), 0.05)).content
        await worker.close()

    with stage.worker_processes():
        run(main())
    assert [summoned.error for summoned in told if summoned.error] == ["its worker died of loading it"]
    assert len(troubles) == 2


def test_the_loop_never_stands_still_for_a_worker_that_will_not_end():
    """A process stuck in the kernel ends long after its pipe has closed; meanwhile main plays."""

    class Undead:
        def __init__(self, child):
            self.child, self.pid, self.end = child, child.pid, "signal 9"

        def join(self, _timeout=None):
            raise AssertionError("joined on the loop")

        def kill(self):
            self.child.kill()

    async def story(worker):
        worker._child = Undead(worker._child)
        waited = asyncio.Event()

        async def elsewhere(function, *args):
            assert function.__name__ == "join"
            await passing(1.0)
            waited.set()
            return True

        asyncio.to_thread = elsewhere
        worker.kill()
        began = now()
        await passing(0.01)
        assert now() - began == pytest.approx(0.01)
        assert not worker.ready(TOY)
        await waited.wait()
        await passing(0.01)
        assert worker.state.startswith("ended (signal 9)")

    process(story)
