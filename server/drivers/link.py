"""Ableton Link through aalink, an optional extra (GPL-3): a session joined without changing anybody's tempo.

Only tempo, beat and number of peers are read; what aalink offers for waiting wakes up to 29 ms late.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from engines.units import TICKS_PER_BEAT
from server.clock.link import NEAR_BPM, QUANTUM_BEATS, error_ticks, follow, place
from server.timeline import Timeline

SETTLE_S = 0.5
"""Between making and enabling a Link, or joining sometimes changes the tempo of the session (aalink issue 7)."""
POLL_S = 0.05
SAMPLES = 3
ALONE_TICKS = 2.0


class LinkMissingError(RuntimeError):
    """The extra is not installed."""


def load() -> Any:
    """Return the module, or say how to get it."""
    try:
        import aalink
    except ImportError as error:
        raise LinkMissingError("clock.source link needs the extra: pip install 'melody-engine[link]'") from error
    return aalink


class LinkDriver:
    """Leads the timeline by the session while others are in it; alone, tells it our tempo and beat.

    peers: how many others there are. now: the monotonic clock (s). timeline: returns the one in force.
    """

    def __init__(
        self, now: Callable[[], float], timeline: Callable[[], Timeline], on_retime: Callable[[Timeline], None]
    ) -> None:
        """Prepare; LinkMissingError without the extra."""
        self.peers = 0
        self._aalink = load()
        self._now, self._timeline, self._on_retime = now, timeline, on_retime
        self._link: Any = None

    async def run(self) -> None:
        """Take part until cancelled."""
        self._link = self._aalink.Link(self._timeline().bpm)
        self._link.quantum = QUANTUM_BEATS
        await asyncio.sleep(SETTLE_S)
        self._link.enabled = True
        try:
            while True:
                self.poll()
                await asyncio.sleep(POLL_S)
        finally:
            self._link.enabled = False
            self.peers = 0

    def poll(self) -> None:
        """Look at the session once."""
        self.peers = int(self._link.num_peers)
        time, beat = self._sample()
        timeline, bpm = self._timeline(), float(self._link.tempo)
        if self.peers:
            new = follow(timeline, time, beat, bpm)
            if new != timeline:
                self._on_retime(new)
            return
        if abs(bpm - timeline.bpm) >= NEAR_BPM:
            self._link.tempo = timeline.bpm
        if abs(error_ticks(timeline, time, beat)) > ALONE_TICKS:
            self._link.force_beat(timeline.tick(self._now()) / TICKS_PER_BEAT)

    def place(self, tick: int) -> Timeline | None:
        """Return the timeline that lets `tick`, a bar line, sound on the session's next one; None while alone."""
        if not self.peers:
            return None
        return place(tick, *self._sample(), float(self._link.tempo))

    def _sample(self) -> tuple[float, float]:
        """Return our time and the session's beat at one moment: the reading that took least time of a few."""
        readings = []
        for _ in range(SAMPLES):
            before = self._now()
            beat = float(self._link.beat)
            after = self._now()
            readings.append((after - before, (before + after) / 2, beat))
        _, time, beat = min(readings)
        return time, beat
