"""A page that is open in a headless Chromium: what picture and sound take of the machine, whether it plays on time."""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tools.browser import PROGRAM, chromium, opened
from tools.live_figures import row
from tools.live_server import family

if TYPE_CHECKING:
    from playwright.sync_api import Page

Row = dict[str, Any]

LATE_MS: Final = 1.0


class Onlooker:
    """A page that shows and plays the band while something else is measured."""

    def __init__(self, page: "Page") -> None:
        """Take a page that plays."""
        self._page = page
        self._before = look(page)

    def begin(self) -> None:
        """From now on it counts."""
        self._before = look(self._page)

    def rows(self) -> list[Row]:
        """Return what it took and how late its notes were handed to the sound card since then."""
        after = look(self._page)
        errors = self._page.evaluate("() => melody.audio.errors()")
        late = sum(error > LATE_MS for error in errors)
        return [
            *drawing_rows(self._before, after),
            row(
                f"page: notes handed to its sound more than {LATE_MS:g} ms late", late, f"of the last {len(errors)}", ""
            ),
        ]


@contextlib.contextmanager
def onlooker(port: int) -> Iterator[Onlooker]:
    """Open the page of the server at `port` of loopback and let it be heard."""
    with chromium() as browser:
        page = opened(browser.new_context(), port)
        page.locator("#hear").click()
        page.locator('#hear[aria-pressed="true"]').wait_for()
        yield Onlooker(page)


def browser_seconds() -> float:
    """Return the processor time that our browser's processes have taken so far, s (Linux)."""
    ticks = 0
    for pid in family(os.getpid()):
        with contextlib.suppress(OSError):
            name, _, fields = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
            if name.startswith(PROGRAM):
                ticks += sum(int(field) for field in fields.split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def look(page: "Page") -> Row:
    """Return how far the clock, the browser's processor time and its frames are."""
    return {"now": time.monotonic(), "taken": browser_seconds(), **page.evaluate("() => melody.frames")}


def drawing_rows(before: Row, after: Row) -> list[Row]:
    """Return what the browser took between two looks, sound and picture, and what its frames cost."""
    lasted, taken = after["now"] - before["now"], after["taken"] - before["taken"]
    count = after["count"] - before["count"]
    return [
        row("browser, sound and picture, of a core", 100 * taken / lasted, "%", ""),
        row("frames a second", count / lasted, "", "15 to 60"),
        *spread("frame, until it is painted", after["costs"][-count:] if count else [], ""),
    ]


def spread(name: str, values: Sequence[float], goal: str) -> list[Row]:
    """Return median, p99 and the worst of values in ms; no number where there are none."""
    values = values if len(values) else [float("nan")]
    figures = (("p50", np.median(values)), ("p99", np.percentile(values, 99)), ("worst", np.max(values)))
    return [row(f"{name}, {which}", float(value), "ms", goal) for which, value in figures]
