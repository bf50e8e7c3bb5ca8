"""Lines: what went wrong or changed, in plain words, as the page shows it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from server.surfaces.osc.limits import Limiter
from server.web.messages import KEPT_LINES, Bar, Line

LINES_PER_S: Final = 10
"""What eyes can follow, of each kind; a flood of refusals is counted in the status."""
MAX_LINE: Final = 300


class Lines:
    """Keeps the last KEPT_LINES; on_line: told of each. bar: the last that began to sound, -1 = none."""

    def __init__(self, on_line: Callable[[Line], None]) -> None:
        """Begin with none."""
        self.bar = -1
        self._on_line = on_line
        self._kept: deque[Line] = deque(maxlen=KEPT_LINES)
        self._limiter = Limiter(LINES_PER_S)
        self._seated: dict[str, tuple[str, str]] = {}
        self._stood_in: dict[str, str] = {}

    @property
    def kept(self) -> tuple[Line, ...]:
        """The last ones, in order."""
        return tuple(self._kept)

    def add(self, kind: str, text: str, bar: int | None = None) -> None:
        """Keep and tell a line, unless there are too many of its kind; `bar`: else the one that sounds."""
        if self._limiter.take(kind, asyncio.get_running_loop().time()) >= 0:
            plain = text.encode("utf-8", "replace").decode()[:MAX_LINE]
            line = Line(kind, plain, self.bar if bar is None else bar)
            self._kept.append(line)
            self._on_line(line)

    def players(self, bar: Bar) -> None:
        """Tell who took a chair, and who stands in for whom and why: once, not every bar."""
        for chair, player in bar.players.items():
            if player.reason:
                if self._stood_in.get(chair) != player.reason:
                    self.add("understudy", f"{chair}: {player.expert} stands in: {player.reason}", bar.bar)
                self._stood_in[chair] = player.reason
                continue
            self._stood_in.pop(chair, None)
            seat = (player.expert, player.version)
            if self._seated.get(chair, seat) != seat:
                self.add("swap", f"{chair}: {player.expert} {player.version} plays", bar.bar)
            self._seated[chair] = seat


class WarningLines(logging.Handler):
    """Adds the warnings of this program, from whichever thread they come."""

    def __init__(self, lines: Lines) -> None:
        """Add to `lines`, on the loop that runs now."""
        super().__init__(logging.WARNING)
        self._lines, self._loop = lines, asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Add one."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._lines.add, "warning", record.getMessage())
