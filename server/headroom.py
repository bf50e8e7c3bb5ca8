"""Headroom: how long before the bar line the bar is decided; measured, not guessed."""

from collections import deque
from typing import Protocol

import numpy as np

WINDOW_BARS = 256
FEW_BARS = 8
PERCENTILE = 99.0
START_S = 0.12


class HeadroomConfig(Protocol):
    """Bounds from the configuration, all in milliseconds."""

    @property
    def headroom_low_ms(self) -> float:
        """At least."""

    @property
    def headroom_high_ms(self) -> float:
        """At most."""

    @property
    def margin_ms(self) -> float:
        """For the understudies and the way to the ports."""


class Headroom:
    """A high percentile of recent whole-bar generation times plus a margin, within bounds."""

    def __init__(self, config: HeadroomConfig) -> None:
        """Begin with START_S until a few bars have been measured."""
        self._config = config
        self._ms: deque[float] = deque(maxlen=WINDOW_BARS)
        self._seconds = START_S
        self.p99_ms = 0.0

    @property
    def seconds(self) -> float:
        """The headroom now, s."""
        return self._seconds

    @property
    def margin_s(self) -> float:
        """What is left of it when the experts' time is up: for the understudies and the way to the ports, s."""
        return self._config.margin_ms / 1000.0

    def observe(self, ms: float) -> None:
        """Learn from one bar."""
        self._ms.append(ms)
        self.p99_ms = float(np.percentile(self._ms, PERCENTILE))
        if len(self._ms) >= FEW_BARS:
            wish = self.p99_ms + 2 * self._config.margin_ms
            low, high = self._config.headroom_low_ms, self._config.headroom_high_ms
            self._seconds = min(high, max(low, wish)) / 1000.0
