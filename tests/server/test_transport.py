import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.state import Ramp, steady
from server.timeline import Timeline
from server.transport import GRAIN_S, RAMP_STEP_TICKS, Transport
from tests.server import virtual

bpms = st.floats(20, 300)
near = pytest.approx


def started(bpm=120.0, tick=0.0):
    seen = []
    transport = Transport(virtual.now, seen.append)
    transport.start(tick, bpm, virtual.now())
    return transport, seen


def test_waits_until_the_tick_sounds():
    async def session():
        transport, _ = started(120)
        meant = await transport.wait_until(480 * 8)
        assert meant == virtual.now() == 4.0
        assert await transport.wait_until(480 * 12, early=0.06) == 6.0
        assert virtual.now() == near(5.94)
        assert await transport.wait_until(480) == 0.5  # has passed: at once
        assert virtual.now() == near(5.94)

    virtual.run(session())


def test_start_is_not_announced_as_a_retime():
    async def session():
        transport, seen = started()
        assert transport.start(1920, 140, 3.0) == Timeline(140, 1920, 3.0) == transport.timeline
        assert seen == []
        assert transport.bpm == 140

    virtual.run(session())


@given(st.lists(st.tuples(st.floats(0.01, 5), bpms), max_size=6), bpms, st.integers(1, 40000), st.floats(0, 0.2))
def test_a_wait_ends_exactly_however_the_tempo_changes(changes, bpm, tick, early):
    async def session():
        transport, seen = started(bpm)

        async def change():
            for delay, other in changes:
                await virtual.passing(delay)
                before = transport.tick
                transport.set_tempo(steady(other))
                assert transport.tick == near(before, abs=1e-6)  # continuity
                assert transport.bpm == other
            assert len(seen) == len(changes)

        async def wait():
            meant = await transport.wait_until(tick, early)
            # a tempo change may make the moment pass (early is in seconds): never early, late only then
            now = virtual.now()
            assert meant == transport.timeline.time(tick)
            assert now >= meant - early - GRAIN_S
            if now > meant - early + 2 * GRAIN_S:
                assert transport.timeline.time0 == near(now)

        await asyncio.gather(change(), wait())

    virtual.run(session())


@given(bpms, bpms, st.integers(1, 64), st.floats(0, 3))
def test_a_ramp_takes_as_long_as_its_integral_and_follows_the_ticks(first, last, beats, wait):
    async def session():
        transport, seen = started(first)
        await virtual.passing(wait)
        tick0 = math.ceil(transport.tick)
        ramp = Ramp(first, last, tick0, tick0 + 480 * beats)
        transport.set_tempo(ramp)
        begun = transport.timeline.time(tick0)
        for beat in range(beats):
            await transport.wait_until(ramp.tick0 + 480 * beat + 1)
            piece = abs(last - first) / beats / 480 * RAMP_STEP_TICKS
            assert abs(transport.bpm - ramp.at(transport.tick)) <= piece + 1e-6
        ended = await transport.wait_until(ramp.tick1 + 1)
        ended -= 60 / (480 * last)
        mean = first if first == near(last) else (last - first) / math.log(last / first)
        assert ended - begun == near(beats * 60 / mean, rel=1e-6, abs=1e-6)
        assert transport.bpm == last
        assert len(seen) <= beats * 480 / RAMP_STEP_TICKS + 2

    virtual.run(session())


def test_a_tempo_in_the_future_waits_for_its_tick():
    async def session():
        transport, seen = started(120)
        transport.set_tempo(Ramp(120, 60, 960, 960))
        await transport.wait_until(960)
        await virtual.passing(0)
        assert [t.bpm for t in seen] == [60]
        assert seen[0].tick(1.0) == near(960)

    virtual.run(session())


def test_the_next_tempo_ends_a_ramp():
    async def session():
        transport, seen = started(60)
        transport.set_tempo(Ramp(60, 180, 0, 480 * 16))
        await transport.wait_until(480 * 4)
        transport.set_tempo(steady(100))
        count = len(seen)
        await transport.wait_until(480 * 40)
        assert transport.bpm == 100
        assert len(seen) == count

    virtual.run(session())


def test_an_outside_clock_ends_a_ramp():
    async def session():
        transport, seen = started(60)
        transport.set_tempo(Ramp(60, 180, 0, 480 * 16))
        await transport.wait_until(480)
        transport.retime(Timeline(90, 480, virtual.now()))
        await transport.wait_until(480 * 16)
        assert seen[-1] == transport.timeline == Timeline(90, 480, seen[-1].time0)

    virtual.run(session())


def test_timers_that_fire_too_soon_do_not_end_a_wait():
    """uvloop rounds to milliseconds and may call back up to 1 ms early."""

    async def session():
        loop = asyncio.get_running_loop()
        punctual = loop.call_later
        loop.call_later = lambda delay, *rest, **more: punctual(max(delay - 0.001, delay / 2), *rest, **more)
        transport, _ = started(120)
        for beat in range(1, 20):
            meant = await transport.wait_until(480 * beat, early=0.0123)
            assert meant - 0.0123 - GRAIN_S <= virtual.now() <= meant - 0.0123 + 1e-6

    virtual.run(session())


def test_many_wait_at_once_and_one_cancelled_leaves_nothing_behind():
    async def session():
        transport, _ = started(120)
        waits = [asyncio.ensure_future(transport.wait_until(480 * n)) for n in (4, 2, 3)]
        lost = asyncio.ensure_future(transport.wait_until(480))
        await virtual.passing(0.1)
        lost.cancel()
        transport.set_tempo(steady(60))
        assert await asyncio.gather(*waits) == near([0.1 + 3.8, 0.1 + 1.8, 0.1 + 2.8])
        assert not transport._sleepers

    virtual.run(session())


def test_a_broken_listener_is_reported_at_once():
    async def session():
        faults = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["exception"]))
        transport = Transport(virtual.now, lambda _: 1 / 0)
        transport.set_tempo(Ramp(60, 180, 480, 960))
        await virtual.passing(2)
        assert [type(fault) for fault in faults] == [ZeroDivisionError]

    virtual.run(session())
