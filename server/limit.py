"""Limit: the server ends once so many bars have passed, however often the music was stopped in between."""

from collections.abc import Callable


class Limit:
    """Counts the bars that begin, and those slept through; without `set` there is no limit."""

    def __init__(self) -> None:
        """Count from nothing."""
        self._bars: int | None = None
        self._on_end: Callable[[], None] = lambda: None
        self._begun, self._latest = 0, -1

    def set(self, bars: int | None, on_end: Callable[[], None], *, begun: int = 0) -> None:
        """End after `bars`, None = never, of which `begun` were the main's before this one.

        on_end: called when the music rests after the last.
        """
        self._bars, self._on_end, self._begun = bars, on_end, begun

    @property
    def spent(self) -> bool:
        """Whether all the bars have begun: the next bar line is the end, whatever is said."""
        return self._bars is not None and self._begun >= self._bars

    def left(self, bar: int) -> int | None:
        """Return how many bars the music has from `bar` on, at least 1, where it runs there without a stop."""
        if self._bars is None:
            return None
        return max(1, self._bars - self._begun - (bar - 1 - self._latest))

    def begin(self, bar: int) -> None:
        """Hear that the music begins; this is its first whole bar."""
        self._latest = bar - 1

    def count(self, bar: int) -> None:
        """Count a bar that begins to sound, and those before it that nobody heard begin."""
        self._begun += max(1, bar - self._latest)
        self._latest = bar

    def rests(self) -> None:
        """Hear that the music has come to rest."""
        if self.spent:
            self._on_end()
