"""A bucket of tokens: so many a second for long, so many at once."""

from collections.abc import Callable


class Bucket:
    """Holds at most `burst` tokens and gets `rate` a second. now: monotonic time, s."""

    def __init__(self, rate: float, burst: float, now: Callable[[], float]) -> None:
        """Begin full."""
        self._rate, self._burst, self._now = rate, burst, now
        self._tokens, self._then = float(burst), now()

    def take(self) -> bool:
        """Take a token; False where there is none."""
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._then) * self._rate)
        self._then = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
