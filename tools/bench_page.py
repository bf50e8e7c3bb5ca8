"""`bench page`: how exactly a browser plays the band: planned against handed over, and against what sounds.

A real server, a headless Chromium, and an ear at the page's way out, which finds the strokes of the kick by the sample.
Beside that what sound and picture take of the processor.
"""

import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tools.browser import chromium, hearing, opened
from tools.live_figures import row
from tools.live_server import live_server
from tools.onlooker import LATE_MS, drawing_rows, look, spread

if TYPE_CHECKING:
    from playwright.sync_api import Page

Row = dict[str, Any]

KICK: Final = 36
"""General MIDI's bass drum: its first wave stands out of everything else."""
WARM_UP_BARS: Final = 4
"""A page that has just begun to play still learns the clocks."""
TAIL_S: Final = 0.5


def run(seconds: float, bpm: float) -> dict[str, list[Row]]:
    """Let a browser play for so long at this tempo, first the drums alone, for the ear, then the whole band."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        start = {"section": "drop", "tempo": bpm, "tension": 0.8}
        with live_server(Path(folder), config={"midi": {"backend": "none"}, "start": start}) as server:
            server.listener.send("/voice/drums/solo", 1)
            server.listener.send("/play")
            page = opened(hearing(browser), server.web_port)
            page.locator("#hear").click()
            page.locator('#hear[aria-pressed="true"]').wait_for()  # the ear at a context that was thrown away fails
            page.evaluate("() => ear.ready()")
            _wait_bars(page, WARM_UP_BARS)
            alone = _listen(page, seconds / 2)
            server.listener.send("/voice/drums/solo", 0)
            _wait_bars(page, WARM_UP_BARS)
            before = look(page)
            band = _listen(page, seconds / 2)
            drawn = drawing_rows(before, look(page))
            about = page.evaluate(ABOUT)
    return {"page": [*_sound_rows(alone), *_rows(band), *drawn, *(row(*each, "") for each in about)]}


def heard_after(planned: Iterable[float], strokes: Sequence[float]) -> list[float]:
    """Return how long after each planned moment the nearest stroke was heard, s; nan where there is none at all."""
    ordered = sorted(strokes)
    found = []
    for moment in planned:
        place = bisect_left(ordered, moment)
        near = [stroke - moment for stroke in ordered[max(0, place - 1) : place + 1]]
        found.append(min(near, key=abs, default=float("nan")))
    return found


def missing(onsets: Iterable[Row], bars: Iterable[Row]) -> float:
    """Return the share of the written notes that were not played, over the whole bars that were."""
    played = {(onset["voice"], onset["tick"], onset["pitch"]) for onset in onsets}
    numbers = {onset["bar"] for onset in onsets}
    whole = numbers - {min(numbers, default=0), max(numbers, default=0)}
    written = {
        (voice, bar["tick"] + note[0], note[2])
        for bar in bars
        if bar["bar"] in whole
        for voice, notes in bar["notes"].items()
        for note in notes
    }
    return len(written - played) / len(written) if written else float("nan")


ABOUT: Final = """() => [
    ["sample rate", melody.audio.context.sampleRate, "Hz"],
    ["the page plays after the band", melody.audio.delay * 1000, "ms"],
]"""
LISTENED: Final = """([from, to]) => ({
    onsets: melody.audio.onsets().filter(({ planned }) => planned >= from && planned < to),
    strokes: ear.strokes().filter((stroke) => stroke >= from),
    bars: melody.bars,
})"""


def _wait_bars(page: "Page", count: int) -> None:
    """Wait until so many more bars have begun to sound in the page."""
    bar = page.evaluate("() => melody.audio.onsets().at(-1)?.bar ?? melody.bars.at(-1)?.bar ?? 0")
    page.wait_for_function("bar => melody.audio.onsets().some((onset) => onset.bar > bar)", arg=bar + count)


def _listen(page: "Page", seconds: float) -> dict[str, Any]:
    """Return onsets, strokes and bars of so many seconds from now on."""
    begin = page.evaluate("() => melody.audio.context.currentTime")
    end = begin + seconds
    patience = (seconds + 20) * 1000
    page.wait_for_function("end => melody.audio.context.currentTime > end", arg=end + TAIL_S, timeout=patience)
    return page.evaluate(LISTENED, [begin, end])


def _rows(listened: dict[str, Any]) -> list[Row]:
    """Return the figures of the audio thread's orders."""
    errors = [(onset["scheduled"] - onset["planned"]) * 1000 for onset in listened["onsets"]]
    late = sum(error > LATE_MS for error in errors)
    return [
        row("onsets of the whole band", len(errors), "", ""),
        *spread("handed over, after the plan", errors, "<= 1"),
        row(f"handed over more than {LATE_MS:g} ms late", late, f"of {len(errors)}", "0"),
        row("written notes that were not played", 100 * missing(listened["onsets"], listened["bars"]), "%", "0"),
    ]


def _sound_rows(listened: dict[str, Any]) -> list[Row]:
    """Return the figures of the sound: strokes of the kick, less what limiter and attack always take."""
    kicks = [onset["planned"] for onset in listened["onsets"] if onset["pitch"] == KICK]
    after = np.array(heard_after(kicks, listened["strokes"])) * 1000
    usual = float(np.median(after)) if len(after) else float("nan")
    return [
        row("kicks planned, drums alone", len(kicks), "", ""),
        row("stroke in the sound, after the plan, p50 (limiter's look-ahead and attack)", usual, "ms", ""),
        *spread("stroke in the sound, off its usual place", np.abs(after - usual), ""),
    ]
