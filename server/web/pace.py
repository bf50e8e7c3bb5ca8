"""Pace: a thing to be done soon, and not too often."""

import asyncio
from collections.abc import Callable


class Pace:
    """Does `action` with the loop's next turn after `soon`, but at most once in `interval_s`; lives on one loop."""

    def __init__(self, interval_s: float, action: Callable[[], None]) -> None:
        """Have done nothing yet."""
        self._interval_s, self._action = interval_s, action
        self._free = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Have it done."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._free, loop.time()), self.now)

    def now(self) -> None:
        """Do it at once, in the place of what was to be done soon."""
        self.cancel()
        self._free = asyncio.get_running_loop().time() + self._interval_s
        self._action()

    def cancel(self) -> None:
        """Leave it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
