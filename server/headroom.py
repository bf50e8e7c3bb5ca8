"""Headroom: how long before the bar line the bar is decided; measured, not guessed."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from server.config.model import Band, Memory

P99_BARS = 256
"""What the p99 in the status looks back on: fewer bars have no 99th percentile."""


class Headroom:
    """What the slow bars of the recent past needed, plus two margins, within bounds.

    config: the section `band`, where the numbers stand. One margin is for the understudies and the way to the
    ports, one for bars a little slower than those before. A main that wakes late because others keep it busy will
    wake late at the experts' deadline, too: the first margin grows by as much.
    Law: a slow bar that stays alone is forgotten after the shortest memory.
    """

    def __init__(self, config: Band) -> None:
        """Begin with the start value until a few bars have been measured."""
        self.config = config
        longest = max((memory.within for memory in config.headroom_memory), default=1)
        self._ms: deque[float] = deque(maxlen=max(longest, P99_BARS))
        self._late_ms: deque[float] = deque(maxlen=longest)
        self._seconds = config.headroom_start_ms / 1000.0
        self.p99_ms = 0.0

    @property
    def seconds(self) -> float:
        """The headroom now, s."""
        return self._seconds

    @property
    def margin_s(self) -> float:
        """What is left of it when the experts' time is up: for the understudies and the way to the ports, s."""
        return min((self.config.margin_ms + self._usual(self._late_ms)) / 1000.0, self._seconds / 2)

    def woke(self, late_ms: float) -> None:
        """Learn how long after its moment main woke up to decide a bar, ms."""
        self._late_ms.append(late_ms)

    def observe(self, ms: float) -> None:
        """Learn from one bar."""
        self._ms.append(ms)
        measured = np.array(self._ms)
        self.p99_ms = float(np.percentile(measured[-P99_BARS:], 99))
        if len(measured) >= self.config.headroom_start_bars:
            needed = self._usual(self._ms) + self._usual(self._late_ms) + 2 * self.config.margin_ms
            low, high = self.config.headroom_low_ms, self.config.headroom_high_ms
            self._seconds = min(high, max(low, needed)) / 1000.0

    def _usual(self, past: deque[float]) -> float:
        """Return the greatest of what the memories say, ms."""
        measured = np.array(past)
        return max((_nth(measured, memory) for memory in self.config.headroom_memory), default=0.0)


def _nth(measured: NDArray[np.float64], memory: Memory) -> float:
    """Return the `slow`th greatest of the last `within` times, ms; 0 where there are fewer."""
    recent = np.sort(measured[-memory.within :])
    return float(recent[-memory.slow]) if len(recent) >= memory.slow else 0.0
