"""Refusals: counted all, logged once in a while per kind, so that an attack cannot fill the log."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from server.surfaces.osc.limits import Limiter

log = logging.getLogger("melody-engine")

LINE_S: Final = 60.0
"""One line per kind of refusal in so many seconds."""


class Refusals:
    """What was refused, by kind."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin with none."""
        self.counts: Counter[str] = Counter()
        self._now = now
        self._lines = Limiter(1, LINE_S)

    def add(self, kind: str, remote: str, reason: str) -> None:
        """Count one, and log the first of its kind in LINE_S."""
        self.counts[kind] += 1
        if self._lines.take(kind, self._now()) >= 0:
            log.warning("web: %s: %s (%s, %d so far)", remote, reason, kind, self.counts[kind])
