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
STRANGE_POLLS = 10
"""A session changes shortly before its peer is counted: what has been strange for half a second is ours to correct."""


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
        self._met = asyncio.Event()
        self._seen: Timeline | None = None
        self._strange = 0

    async def run(self) -> None:
        """Take part until cancelled."""
        self._link = self._aalink.Link(self._timeline().bpm)
        self._link.quantum = QUANTUM_BEATS
        await asyncio.sleep(SETTLE_S)
        self.poll()  # our tempo and beat are told while nobody can hear it
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
        changed, self._seen = timeline != self._seen, timeline
        if self.peers:
            self._met.set()
            self._seen = follow(timeline, time, beat, bpm)
            if self._seen != timeline:
                self._on_retime(self._seen)
        elif abs(bpm - timeline.bpm) >= NEAR_BPM or abs(error_ticks(timeline, time, beat)) > ALONE_TICKS:
            self._strange = 0 if changed else self._strange + 1
            if changed or self._strange >= STRANGE_POLLS:
                self._tell(timeline)
        else:
            self._strange = 0

    def _tell(self, timeline: Timeline) -> None:
        """Impose our tempo and beat on a session in which nobody else is."""
        self._strange = 0
        self._link.tempo = timeline.bpm
        self._link.force_beat(timeline.tick(self._now()) / TICKS_PER_BEAT)

    async def met(self) -> None:
        """Wait until somebody else has been in the session."""
        await self._met.wait()

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
