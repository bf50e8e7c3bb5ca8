"""Limit: the server ends once so many bars have sounded, however often the music was stopped in between."""

from collections.abc import Callable


class Limit:
    """Counts the bars that begin to sound; bars None = no limit. on_end: called when the music rests after the last."""

    def __init__(self, bars: int | None = None, on_end: Callable[[], None] = lambda: None, *, sounded: int = 0) -> None:
        """Begin with `sounded` bars already played, by the main before this one."""
        self._bars, self._on_end, self._sounded = bars, on_end, sounded

    @property
    def spent(self) -> bool:
        """Whether all the bars have begun: the next bar line is the end, whatever is said."""
        return self._bars is not None and self._sounded >= self._bars

    def count(self) -> None:
        """Count a bar that begins to sound."""
        self._sounded += 1

    def rests(self) -> None:
        """Hear that the music has come to rest."""
        if self.spent:
            self._on_end()
