"""`bench web`: a playing server alone, and under the load of many pages, to see whether the music notices.

The same server plays twice so many seconds, alone and under load. An ear at its JACK ports hears when notes begin; a
page tells what was meant (bars and timeline). Error = heard minus meant, less each run's median. Beside it: late bars,
what was delivered, memory before and after.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from aiohttp import ClientSession

from engines.units import VOICES
from server.timeline import Timeline
from server.vitals import look
from tools.bench_live import BARS_BEFORE, WARM_UP_S
from tools.jack_ruler import Heard, JackEar, jack_server
from tools.live_figures import row
from tools.live_server import LiveServer, free_port, memory_mb
from tools.live_stage import PERIOD

BPM: Final = 174.0
PAGES: Final = 20
HZ: Final = 60
OSC_PER_S: Final = 5000
LAST: Final = 10
"""Niceness of the load."""
REST_S: Final = 3.0
"""Between the runs, and before the last look at the memory."""
NEAR_S: Final = 0.05
"""A press is that of the meant note of its pitch that is nearest, if it is so near."""

Row = dict[str, Any]


EAR_S: Final = 0.0001
"""The ear's JACK thread waits at most so long for the witness beside it: a ruler that is late would blame the music."""


class Witness:
    """A page that keeps what is meant: presses (s) by voice and pitch. `wait` until it has heard the greeting."""

    def __init__(self, port: int) -> None:
        """Begin to listen, in a thread of its own."""
        self.meant: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.bars = 0
        self._timeline = Timeline(BPM, 0, 0.0)
        self._greeted, self._stop = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(port),), daemon=True)
        self._thread.start()
        if not self._greeted.wait(WARM_UP_S):
            raise RuntimeError("no greeting from the page's server")

    def close(self) -> None:
        """Leave."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WARM_UP_S)
        self._loop.close()

    async def _run(self, port: int) -> None:
        async with ClientSession() as session, session.ws_connect(f"http://127.0.0.1:{port}/ws", max_msg_size=0) as ws:
            stop = asyncio.create_task(self._stop.wait())
            while not stop.done():
                hearing = asyncio.ensure_future(ws.receive())
                await asyncio.wait({hearing, stop}, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    self._take(msgspec.json.decode(hearing.result().data))
                else:
                    hearing.cancel()

    def _take(self, frame: dict[str, Any]) -> None:
        match frame:
            case {"hello": hello}:
                self._timeline = msgspec.convert(hello["timeline"], Timeline)
                for bar in hello["bars"]:
                    self._bar(bar)
                self._greeted.set()
            case {"tell": {"type": "Start" | "Retime", "timeline": timeline}}:
                self._timeline = msgspec.convert(timeline, Timeline)
            case {"bar": bar}:
                self._bar(bar)
                self.bars += 1

    def _bar(self, bar: dict[str, Any]) -> None:
        for voice, notes in bar["notes"].items():
            for onset, _, pitch, _ in notes:
                self.meant[voice, pitch].append(self._timeline.time(bar["tick"] + onset))


def run(seconds: float) -> dict[str, Any]:
    """Measure; Ctrl-C ends without a result."""
    sys.setswitchinterval(EAR_S)
    web = free_port()
    with tempfile.TemporaryDirectory() as folder, jack_server(period=PERIOD) as jack:
        ear = JackEar(jack, VOICES)
        config = {
            "midi": {"backend": "jack", "jack_server": jack.name}, "web": {"port": web},
            "start": {"section": "drop", "tempo": BPM, "tension": 0.8},
        }  # fmt: skip
        server = LiveServer(Path(folder), "--autoplay", config=config)
        try:
            server.answers()
            ear.connect()
            server.listener.send("/subscribe")
            if not server.listener.wait_for(lambda: len(server.listener.of("/bar")) > BARS_BEFORE, WARM_UP_S + 60):
                raise RuntimeError(f"no music:\n{server.log()}")
            server.listener.send("/unsubscribe")  # 5,000 states a second would keep this process from its ear
            witness = Witness(web)
            try:
                return measured(server, ear, witness, web, seconds) | {"seconds": seconds}
            finally:
                witness.close()
        finally:
            server.end()
            ear.close()


def measured(server: LiveServer, ear: JackEar, witness: Witness, web: int, seconds: float) -> dict[str, Any]:
    """Play alone, then under load; return the figures of both."""
    load_before = round(os.getloadavg()[0], 2)
    alone = Run(server, ear, witness)
    time.sleep(seconds)
    alone.end()
    memory = [main_mb(alone)]
    loaded = Run(server, ear, witness)
    sent = load(web, server.port, seconds)
    loaded.end()
    memory.append(main_mb(alone))
    again = load(web, server.port, seconds)  # what grows with the load grows again
    time.sleep(REST_S)
    memory.append(main_mb(alone))
    return {
        "load of the machine before": load_before,
        "rows": rows(alone, loaded),
        "delivered": delivered(sent, loaded),
        "memory": [
            row("main process before the load", memory[0], "MB PSS", ""),
            row("after the load", memory[1], "MB PSS", ""),
            row("after the same load once more", memory[2], "MB PSS", "as after the first"),
        ],
        "again": [row(name, value, "", "") for name, value in sorted(again.items())],
    }


def main_mb(run: "Run") -> float:
    """Return the memory of the server's main process, MB PSS."""
    return memory_mb([int(run.before["main_pid"])])[0]


def load(web: int, osc: int, seconds: float) -> dict[str, int]:
    """Run the load in a process of its own, after all others: in life other machines do its work. Return its counts."""
    command = [sys.executable, "-m", "tools.web_load", *map(str, (web, osc, seconds, PAGES, HZ, OSC_PER_S))]
    done = subprocess.run(["nice", "-n", str(LAST), *command], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


class Run:
    """One of the two runs: status before and after, presses heard."""

    def __init__(self, server: LiveServer, ear: JackEar, witness: Witness) -> None:
        """Begin."""
        self._server, self._ear, self._witness = server, ear, witness
        self.began, self.bars = time.monotonic(), witness.bars
        self.before = server.listener.status()
        self._cpu_s, self._xruns = self._looked()

    def end(self) -> None:
        """End it."""
        self.ended = time.monotonic()
        self.after = self._server.listener.status()
        cpu_s, xruns = self._looked()
        took_s = self.ended - self.began
        self.cpu = [100.0 * (now - then) / took_s for then, now in zip(self._cpu_s, cpu_s, strict=True)]
        self.xruns = xruns - self._xruns
        self.bars = self._witness.bars - self.bars
        presses = [heard for heard in self._ear.notes_on() if self.began <= heard.time < self.ended]
        self.errors_ms, self.stray = errors(presses, self._witness.meant)

    def _looked(self) -> tuple[list[float], int]:
        """Return the processor time of main and player so far, s, and the cycles that JACK has missed."""
        vitals = [look(int(self.before[key])) for key in ("main_pid", "player_pid")]
        return [each.cpu_s if each is not None else 0.0 for each in vitals], self._ear.xruns

    def grown(self, key: str) -> int:
        """Return by how much a count of the status has grown."""
        return int(self.after[key]) - int(self.before[key])


def errors(presses: Sequence[Heard], meant: dict[tuple[str, int], list[float]]) -> tuple[np.ndarray[Any, Any], int]:
    """Return heard minus meant, ms, less the median; and how many presses nobody meant."""
    found: list[float] = []
    for heard in presses:
        times = sorted(meant.get((heard.port, heard.data[1]), ()))
        place = bisect_left(times, heard.time)
        near = min((heard.time - at for at in times[max(0, place - 1) : place + 1]), key=abs, default=NEAR_S)
        if abs(near) < NEAR_S:
            found.append(near * 1000.0)
    values = np.array(found)
    return values - np.median(values), len(presses) - len(found)


def rows(alone: Run, loaded: Run) -> list[Row]:
    """Return the figures of both runs side by side."""
    table: list[Row] = []
    for name, figure in (
        ("p50", lambda errors: np.percentile(np.abs(errors), 50)),
        ("p99", lambda errors: np.percentile(np.abs(errors), 99)),
        ("worst", lambda errors: np.abs(errors).max()),
        ("sd", np.std),
    ):
        before, under = (float(figure(each.errors_ms)) for each in (alone, loaded))
        ratio = under / before if before else float("nan")
        table.append({"name": f"onset error {name}, ms", "alone": before, "loaded": under, "ratio": ratio})
    for name, figures in (
        ("notes heard", [len(each.errors_ms) for each in (alone, loaded)]),
        ("notes heard that nobody meant", [alone.stray, loaded.stray]),
        ("bars decided", [alone.bars, loaded.bars]),
        ("bars late", [each.grown("bars_late") for each in (alone, loaded)]),
        ("understudied", [each.grown("understudied") for each in (alone, loaded)]),
        ("main process, % of a core", [each.cpu[0] for each in (alone, loaded)]),
        ("player process, % of a core", [each.cpu[1] for each in (alone, loaded)]),
        ("cycles that JACK missed", [each.xruns for each in (alone, loaded)]),
        ("headroom at the end, ms", [each.after["headroom_ms"] for each in (alone, loaded)]),
    ):
        table.append({"name": name, "alone": figures[0], "loaded": figures[1], "ratio": ""})
    return table


def delivered(sent: dict[str, int], loaded: Run) -> list[Row]:
    """Return what was sent under load and what of it arrived."""
    osc = loaded.grown("osc_received") - 1  # the question itself
    return [
        row("pages that steer and read", sent.get("pages", 0), f"at {HZ} Hz; one more never reads", ""),
        row("commands of pages", sent.get("commands", 0), "messages", ""),
        row("commands never answered", sent.get("commands", 0) - sent.get("replies", 0), "messages", "0"),
        row("pages sent away", sent.get("ended", 0), "", "0"),
        row("the one that never reads was cut off", sent.get("stalled_cut_off", 0), "1 = yes", ""),
        row("bars heard by a page, fewest and most", [sent["bars_least"], sent["bars_most"]], f"of {loaded.bars}", ""),
        row("state frames", sent.get("states", 0), "messages", ""),
        row("OSC messages sent", sent.get("osc", 0), "messages", ""),
        row("OSC messages lost", sent.get("osc", 0) - osc, "messages", "0"),
    ]
