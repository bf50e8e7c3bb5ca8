"""`bench live`: a real server plays in real time while wishes come ever closer to the bar line.

The server is a process of its own and is judged from outside: by what it tells over OSC, and by an ear on a
private JACK server where one can be started.
"""

import contextlib
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from engines.units import BEATS_PER_BAR, VOICES
from tools.jack_ruler import JackEar, JackServer
from tools.live_figures import Probe, decided_from, honoured_from, row, silent_bars, unbalanced
from tools.live_server import LiveServer, family, memory_mb
from tools.live_stage import config_of, ear_of, hogs, private_jack
from tools.onlooker import onlooker

Row = dict[str, Any]

STARTS: Final = 3
WARM_UP_S: Final = 15.0
"""At most so long until the line-up's experts are loaded and bars are being measured."""
BARS_BEFORE: Final = 8
"""Bars until the headroom follows what was measured."""
AROUND_MS: Final = (-20.0, 40.0)
"""Wishes come so long before the headroom's end: from surely too late to surely in time."""
KINDS: Final = ("chord", "tension", "chord", "section", "chord", "tension", "chord", "chord")
ROOTS: Final = ("C", "D", "E", "F", "G", "A", "Bb")
SECTIONS: Final = ("build", "drop")
"""Sections in which all five voices play."""
MAX_LINES: Final = 100
NO_JACK: Final = "not measured: jackd is missing (apt install jackd2)"


def run(seconds: float, bpm: float, *, hog: bool, page: bool = False, files: Sequence[Path] = ()) -> dict[str, Any]:
    """Play `seconds` at `bpm`; `files`: configuration of the server.

    hog: with a busy process per core. page: with the page open in a browser of this machine, heard there.

    Ctrl-C ends early with what was measured so far.
    """
    conditions = {
        "seconds": seconds,
        "bpm": bpm,
        "cores": os.cpu_count(),
        "hogs": os.cpu_count() if hog else 0,
        "page open": page,
        "load of the machine before": round(os.getloadavg()[0], 2),
    }
    with tempfile.TemporaryDirectory() as folder, private_jack() as jack, hogs(hog):
        args = [arg for file in files for arg in ("--config", str(file.resolve()))]
        rows = start_up(Path(folder), jack, args)
        session = Session(Path(folder), jack, seconds, bpm, args, page=page)
        rows += session.rows()
        return conditions | {"rows": rows, "warnings": session.warnings()}


def start_up(folder: Path, jack: JackServer | None, args: Sequence[str] = ()) -> list[Row]:
    """Time a few starts, from the process to the first answer and to the first note at the receiver."""
    pings, notes = [], []
    for _ in range(STARTS):
        with ear_of(jack) as ear:
            server = LiveServer(folder, "--autoplay", *args, config=config_of(jack, 174.0))
            try:
                pings.append(server.answers())
                if ear is not None:
                    ear.connect()
                    ear.wait_for(lambda _: ear.notes_on(), WARM_UP_S)
                    notes.append(ear.notes_on()[0].time - server.began)
            finally:
                server.end()
    first = float(np.median(notes)) if notes else NO_JACK
    return [
        row("start to /ping reply", float(np.median(pings)), "s", "<= 0.5"),
        row("start to first note at the receiver", first, "s", "<= 2 + a bar"),
    ]


class Session:
    """One server playing, probed every bar."""

    def __init__(
        self,
        folder: Path,
        jack: JackServer | None,
        seconds: float,
        bpm: float,
        args: Sequence[str] = (),
        *,
        page: bool = False,
    ) -> None:
        """Prepare; args: further ones of the server's command line; page: whether a browser looks on."""
        self._args, self._page = args, page
        self._folder, self._jack, self._seconds, self._bpm = folder, jack, seconds, bpm
        self._bar_s = BEATS_PER_BAR * 60.0 / bpm
        self._dice = random.Random(1)
        self._probes: dict[int, Probe] = {}
        self._statuses: list[dict[str, Any]] = []
        self._memory = (0.0, 0.0)
        self._late: dict[str, float] = {}

    def rows(self) -> list[Row]:
        """Play, measure, and return the figures."""
        with ear_of(self._jack) as ear:
            server = LiveServer(self._folder, *self._args, config=config_of(self._jack, self._bpm))
            self._server, self._listener = server, server.listener
            try:
                server.answers()
                if ear is not None:
                    ear.connect()
                with onlooker(server.web_port) if self._page else contextlib.nullcontext() as page:
                    first = self._begin()
                    if page:
                        page.begin()
                    with contextlib.suppress(KeyboardInterrupt):
                        self._play(first)
                    seen = page.rows() if page else []
                last = self._bar_now() - 1
                self._memory = memory_mb(family(server.process.pid))
            finally:
                server.end()
            heard = self._heard_rows(ear, first, last) if ear is not None else [row("silent bars", NO_JACK, "", "0")]
        return [*self._told_rows(first, last), *heard, *seen]

    def warnings(self) -> list[Row]:
        """Return what the server complained about."""
        return [{"text": line} for line in self._server.log().splitlines() if not line.startswith("INFO")][:MAX_LINES]

    def _begin(self) -> int:
        """Start the music; return the first bar that counts."""
        self._listener.send("/subscribe")
        self._listener.send("/play")
        if not self._listener.wait_for(lambda: len(self._listener.of("/bar")) > BARS_BEFORE, WARM_UP_S + 60):
            raise RuntimeError(f"no music:\n{self._server.log()}")
        self._before = self._listener.status()
        return self._bar_now() + 1

    def _play(self, first: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("playing", total=self._seconds)
            end = self._line(first) + self._seconds
            bar = first + 1
            while self._line(bar) < end:
                self._probe(bar)
                self._show(progress, task, bar, end)
                bar += 1

    def _probe(self, bar: int) -> None:
        """Wish for something new shortly before a bar line, then look at how the bar was made."""
        headroom_ms = self._statuses[-1]["headroom_ms"] if self._statuses else self._before["headroom_ms"]
        kind = KINDS[bar % len(KINDS)]
        wish: str | float = self._wish(kind, bar)
        _sleep_until(self._line(bar) - max(1.0, headroom_ms + self._dice.uniform(*AROUND_MS)) / 1000.0)
        line = self._line(bar)
        self._probes[bar] = Probe(kind, wish, (line - self._listener.send(f"/{kind}", wish)) * 1000.0)
        _sleep_until(line + self._bar_s / 4)
        with contextlib.suppress(TimeoutError):
            self._statuses.append(self._listener.status(self._bar_s / 4))

    def _wish(self, kind: str, bar: int) -> str | float:
        """Return a value that did not hold before."""
        if kind == "section":
            return SECTIONS[bar // len(KINDS) % len(SECTIONS)]
        if kind == "tension":
            return round(self._dice.uniform(0.1, 1.0), 3)
        return ROOTS[bar % len(ROOTS)] + ("m" if bar // len(ROOTS) % 2 else "")

    def _show(self, progress: Progress, task: TaskID, bar: int, end: float) -> None:
        late = self._statuses[-1]["bars_late"] - self._before["bars_late"] if self._statuses else 0
        left = max(0.0, end - time.monotonic())
        progress.update(task, completed=self._seconds - left, description=f"bar {bar}, {late} late")

    def _line(self, bar: int) -> float:
        """Return when a bar line sounds: the bars told so far, less what their messages took."""
        return min(news.time - news.args[0] * self._bar_s for news in self._listener.of("/bar")) + bar * self._bar_s

    def _bar_now(self) -> int:
        return int(self._listener.of("/bar")[-1].args[0])

    def _told_rows(self, first: int, last: int) -> list[Row]:
        """Return what the server told."""
        plans = {news.args[0]: news.args for news in self._listener.of("/plan")}
        probes = [probe.judged(plans[bar]) for bar, probe in self._probes.items() if bar in plans and bar <= last]
        generation = [status["generation_ms"] for status in self._statuses] or [float("nan")]
        headroom = [status["headroom_ms"] for status in self._statuses] or [float("nan")]
        after = self._statuses[-1] if self._statuses else self._before
        p50, p99, worst = np.percentile(generation, [50, 99, 100])
        pss, rss = self._memory

        def grown(key: str) -> int:
            return int(after[key] - self._before[key])

        return [
            row("bars played", last - first + 1, "", ""),
            row("bars missing", sum(bar not in plans for bar in range(first, last + 1)), "", "0"),
            row("generation of a five-voice bar, p50", p50, "ms", ""),
            row("generation of a five-voice bar, p99", p99, "ms", "<= 40"),
            row("generation of a five-voice bar, worst", worst, "ms", ""),
            row("headroom, p50", float(np.percentile(headroom, 50)), "ms", ""),
            row("headroom, greatest", max(headroom), "ms", ""),
            row("wishes before a bar line", len(probes), "", ""),
            row("wish honoured (95 %) up to so long before the line", honoured_from(probes), "ms", "<= 60"),
            row("wish honoured (50 %) up to", decided_from(probes), "ms", ""),
            row("bars late", grown("bars_late"), "", "0"),
            row("answers of experts late", grown("experts_late"), "", "0"),
            row("bars of a voice played by an understudy", grown("understudied"), "", "0"),
            row("players replaced", grown("player_restarts"), "", "0"),
            row("notes more than 5 ms late", grown("late") - grown("bars_late"), "", "0"),
            *self._shares(first, last),
            row("memory of all processes, PSS", pss, "MB", ""),
            row("memory of all processes, RSS", rss, "MB", ""),
        ]

    def _shares(self, first: int, last: int) -> list[Row]:
        """Return who played, per voice."""
        players: dict[str, Counter[str]] = {voice: Counter() for voice in VOICES}
        bar = -1
        for news in self._listener.news:
            if news.address == "/plan":
                bar = int(news.args[0])
            elif news.address == "/played" and first <= bar <= last and news.args[0] in players:
                players[news.args[0]][news.args[1]] += 1
        texts = (", ".join(f"{name} {count}" for name, count in c.most_common()) for c in players.values())
        return [row(f"bars of {voice} by", text, "", "") for voice, text in zip(VOICES, texts, strict=True)]

    def _heard_rows(self, ear: JackEar, first: int, last: int) -> list[Row]:
        """Return what the receiver heard."""
        lines = [self._line(bar) for bar in range(first, last + 2)]
        heard = list(ear.heard)
        again, hanging = unbalanced(heard)
        return [
            row("silent bars at the receiver", silent_bars(heard, lines), "", "0"),
            row("note-ons at the receiver", len(ear.notes_on()), "", ""),
            row("note-ons that came again before their note-off", again, "", "0"),
            row("note-ons that nothing ever ended", hanging, "", "0"),
            row("cycles the JACK server missed", ear.xruns, "", ""),
        ]


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
