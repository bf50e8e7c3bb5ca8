"""Ableton Link with a second real peer on loopback; needs the extra: pytest -m link.

TEMPO-1 joining leaves the session's tempo alone and takes it over; BEAT-1 bar lines agree within 1 ms; ALONE-1 who
joins us finds our tempo and our bar lines; TEMPO-2 a tempo change of the session is followed.
"""

import asyncio
import contextlib
import time

import pytest

from server.clock.link import error_ticks
from server.drivers.link import LinkDriver
from server.transport import Transport

pytestmark = pytest.mark.link
PATIENCE_S = 30.0


class Following:
    """A transport led by a LinkDriver, with a way to wait for a new timeline."""

    def __init__(self, bpm):
        self.transport = Transport()
        self.transport.start(0, bpm, time.monotonic())
        self.news = asyncio.Event()
        self.driver = LinkDriver(time.monotonic, lambda: self.transport.timeline, self.retime)

    def retime(self, timeline):
        self.transport.retime(timeline)
        self.news.set()

    def error_ms(self):
        now, beat = self.driver._sample()
        timeline = self.transport.timeline
        return abs(error_ticks(timeline, now, beat)) * timeline.seconds_per_tick * 1000

    async def until(self, wanted):
        async with asyncio.timeout(PATIENCE_S):
            while not wanted():
                self.news.clear()
                await self.news.wait()

    @contextlib.asynccontextmanager
    async def running(self):
        task = asyncio.create_task(self.driver.run())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def other(bpm):
    import aalink

    peer = aalink.Link(bpm)
    peer.quantum = 4.0
    return peer


async def joined(peer):
    """Wait until a peer sees another one (its own callback)."""
    seen = asyncio.Event()
    peer.set_num_peers_callback(lambda count: seen.set() if count else None)
    peer.enabled = True
    async with asyncio.timeout(PATIENCE_S):
        await seen.wait()


def test_tempo_1_beat_1_tempo_2_we_join_and_follow():
    async def session():
        peer = other(174.0)
        peer.enabled = True
        ours = Following(120.0)
        async with ours.running():
            await ours.until(lambda: abs(ours.transport.bpm - 174) < 1 and ours.error_ms() < 1.0)
            assert peer.tempo == pytest.approx(174.0, abs=0.01)  # no hijack
            ours_phase = ours.transport.timeline.tick(time.monotonic()) / 480 % 4
            assert min((ours_phase - peer.phase) % 4, (peer.phase - ours_phase) % 4) < 174 / 60 * 0.002
            peer.tempo = 100.0
            await ours.until(lambda: abs(ours.transport.bpm - 100) < 1 and ours.error_ms() < 1.0)
        peer.enabled = False

    asyncio.run(session())


def test_alone_1_who_joins_us_finds_our_tempo_and_bar_lines():
    async def session():
        ours = Following(133.0)
        async with ours.running():
            async with asyncio.timeout(PATIENCE_S):
                while ours.driver._link is None or not ours.driver._link.enabled:
                    await asyncio.wait([asyncio.ensure_future(ours.transport.wait_until(ours.transport.tick + 120))])
            await ours.transport.wait_until(ours.transport.tick + 960)
            before = ours.transport.timeline
            peer = other(90.0)
            await joined(peer)
            await ours.transport.wait_until(ours.transport.tick + 1920)
            assert peer.tempo == pytest.approx(133.0, abs=0.01)
            now = time.monotonic()
            assert ours.transport.timeline.tick(now) == pytest.approx(before.tick(now), abs=5.0)
            peer.enabled = False

    asyncio.run(session())
