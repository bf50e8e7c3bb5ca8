"""A whole concert: a private JACK server, a real `serve` playing fast into it, an ear on its ports, its news."""

import contextlib
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from engines.units import VOICES
from tests.e2e.jackd import STEADY, JackEar, JackServer, jack_server
from tests.e2e.standstill import Standstill
from tests.engines.neural.toy import make_toy_lead
from tools.live_server import LiveServer, live_server

BPM = 240.0
BAR_S = 4 * 60.0 / BPM
HANG_S = 0.25
"""Nothing may hang longer, by the time that the machine gives us."""
PATIENCE_S = 3.0


_PAUSE = threading.Event()


class Concert:
    """jack: the JACK server; server: the process; ear: on its five ports; news: what it tells."""

    def __init__(self, jack: JackServer, server: LiveServer, ear: JackEar) -> None:
        self.jack, self.server, self.ear = jack, server, ear
        self.news = server.listener
        self.machine = Standstill()

    def play(self) -> None:
        self.news.send("/subscribe")
        self.news.send("/play")
        self.hear_bars(2)

    def pid(self, who: str) -> int:
        """Process id of main, player or experts."""
        return int(self.news.status()[f"{who}_pid"])

    def hear_bars(self, bars: float, timeout: float = 30.0) -> None:
        """Wait until so many more bars have been heard; fails when they are not."""
        begun = len(self.ear.notes_on("drums"))
        assert self.ear.wait_for(
            lambda heard: len(on := self.ear.notes_on("drums")) > begun and on[-1].time - on[begun].time > bars * BAR_S,
            timeout,
        ), f"no music:\n{self.server.log()}"

    def random_instant(self, dice: random.Random) -> None:
        """Let a random part of a bar pass: events at the receiver, then questions that are answered."""
        goal = len(self.ear.heard) + dice.randrange(1, 80)
        assert self.ear.wait_for(lambda heard: len(heard) >= goal, 10.0)
        for _ in range(dice.randrange(40)):
            self.news.ping(1.0)

    def answers(self, within: float = HANG_S) -> None:
        before = self.machine.withheld_s()
        took = self.news.ping(PATIENCE_S)
        within += self.machine.withheld_s() - before
        assert took is not None, f"no answer within {within} s:\n{self.server.log()}"
        assert took <= within, f"answer after {took} s, not {within} s:\n{self.server.log()}"

    def status_until(self, wanted, timeout: float = 20.0) -> dict:
        """Ask again and again, each time waiting for the answer or a news; the server may be away meanwhile."""
        end = time.monotonic() + timeout
        status: dict = {}
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                status = self.news.status(0.2)
                if wanted(status):
                    return status
            _PAUSE.wait(0.02)
        raise AssertionError(f"last: {status}\n{self.server.log()}")


@contextlib.contextmanager
def concert(
    folder: Path, *args: str, play: bool = True, models: Path | None = None, period: int = STEADY, **config
) -> Iterator[Concert]:
    """Begin a concert with a small learned lead in the line-up."""
    models = models or folder / "models"
    if not models.exists():
        make_toy_lead(models)
    with jack_server(period=period) as jack:
        settings = {
            "midi": {"backend": "jack", "jack_server": jack.name},
            "start": {"section": "drop", "tempo": BPM, "tension": 0.9},
            "models": {"folder": str(models)},
            "band": {"lineup": {"lead": ["lead-gru"], "drums": [], "harmony": []}},
        }
        with live_server(folder, *args, config=settings | config) as server:
            show = Concert(jack, server, ear := JackEar(jack, VOICES))
            try:
                ear.connect()
                if play:
                    show.play()
                yield show
            finally:
                show.ear.close()
                show.machine.close()


REPEATS = int(os.environ.get("MELODY_FAULT_REPEATS", "2"))
