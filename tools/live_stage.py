"""What `bench live` plays on: a private JACK server with an ear, where there is one; busy cores, where wanted."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

from engines.units import VOICES
from tools.jack_ruler import JackEar, JackServer

PERIOD: Final = 512
"""Frames: a busy machine misses no cycle of this length, which would look like a lost note; events stay frame-exact."""


def config_of(jack: JackServer | None, bpm: float) -> dict[str, Any]:
    """Return the configuration of a server that plays to `jack`, or to nobody, in a full section."""
    midi = {"backend": "jack", "jack_server": jack.name} if jack is not None else {"backend": "none"}
    return {"midi": midi, "start": {"section": "drop", "tempo": bpm, "tension": 0.8}}


@contextlib.contextmanager
def private_jack() -> Iterator[JackServer | None]:
    """Give a private JACK server where jackd is installed."""
    server = JackServer(period=PERIOD) if shutil.which("jackd") else None
    try:
        yield server
    finally:
        if server is not None:
            server.close()


@contextlib.contextmanager
def ear_of(jack: JackServer | None) -> Iterator[JackEar | None]:
    """Give an ear at a JACK server, one port a voice."""
    ear = JackEar(jack, VOICES) if jack is not None else None
    try:
        yield ear
    finally:
        if ear is not None:
            ear.close()


@contextlib.contextmanager
def hogs(wanted: bool) -> Iterator[None]:
    """Keep every core busy."""
    count = (os.cpu_count() or 1) if wanted else 0
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in started:
            hog.kill()
            hog.wait()
