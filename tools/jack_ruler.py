"""A private JACK server and an ear on it: the ruler of timing benchmarks and end-to-end tests."""

import contextlib
import itertools
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

READY_S: Final = 10.0
PROBE_S: Final = 0.05
REGISTRY: Final = Path("/dev/shm/jack-shm-registry")  # noqa: S108  # JACK's own place
REGISTRY_HEAD: Final = 24
REGISTRY_ENTRY: Final = 264  # process id (4 bytes), name (256), flag (4): jackd2's common/shm.h
_numbers = itertools.count()


class JackServer:
    """A jackd with the dummy driver under a name of its own, 48 kHz, 128 frames, real-time where permitted."""

    def __init__(self, name: str | None = None, *, period: int = 128) -> None:
        """Start it and wait until it answers; RuntimeError names what is missing."""
        if shutil.which("jackd") is None:
            raise RuntimeError("jackd is missing: apt install jackd2")
        self.name = name or f"ruler{os.getpid()}n{next(_numbers)}"
        self._period = period
        self.realtime = True
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as we do
        self.restart()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process is not None
        return self._process.pid

    def restart(self) -> None:
        """Start the server (again, after a `kill`)."""
        _forget_the_dead()
        for realtime in (True, False):
            self.realtime = realtime
            if self._start(["-R", "-P10"] if realtime else ["-r"]):
                return
        self._log.seek(0)
        raise RuntimeError(f"jackd does not start:\n{self._log.read().decode(errors='replace')}")

    def kill(self) -> None:
        """Kill -9."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        """SIGSTOP: it freezes."""
        self._signal(signal.SIGSTOP)

    def cont(self) -> None:
        """SIGCONT: it goes on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it, frozen or not."""
        self._log.close()
        if self._process is not None and self._process.poll() is None:
            self.cont()
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2.0)
                return
            self.kill()

    def ports(self, pattern: str = "") -> list[str]:
        """Return the names of the ports that contain `pattern`."""
        answer = subprocess.run(["jack_lsp", "-s", self.name, pattern], capture_output=True, timeout=5, check=False)
        return [line for line in answer.stdout.decode().splitlines() if ":" in line]

    def connect(self, source: str, target: str) -> bool:
        """Connect two ports; False where one is missing."""
        command = ["jack_connect", "-s", self.name, source, target]
        answer = subprocess.run(command, capture_output=True, timeout=5, check=False)
        return answer.returncode == 0 or b"already connected" in answer.stderr + answer.stdout

    def set_period(self, frames: int) -> None:
        """Change the period of the running server."""
        environment = os.environ | {"JACK_DEFAULT_SERVER": self.name}
        subprocess.run(["jack_bufsize", str(frames)], capture_output=True, timeout=5, check=True, env=environment)

    def disconnect(self, source: str, target: str) -> None:
        """Cut a connection."""
        subprocess.run(["jack_disconnect", "-s", self.name, source, target], capture_output=True, timeout=5, check=True)

    def _signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def _start(self, options: list[str]) -> bool:
        environment = os.environ | {"JACK_NO_AUDIO_RESERVATION": "1"}
        command = ["jackd", "-n", self.name, *options, "-d", "dummy", "-r", "48000", "-p", str(self._period)]
        self._log.seek(0)
        self._log.truncate()
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        end = time.monotonic() + READY_S
        while time.monotonic() < end and self._process.poll() is None:
            probe = subprocess.run(
                ["jack_wait", "-s", self.name, "-c"], capture_output=True, timeout=READY_S, check=False
            )
            if b"not running" not in probe.stdout and probe.returncode == 0:
                return True
            time.sleep(PROBE_S)
        return False


def _forget_the_dead() -> None:
    """Free the places of killed servers in JACK's registry: it has eight, and jackd frees one only for its own name."""
    with contextlib.suppress(OSError), REGISTRY.open("r+b") as file:
        for place in range(8):
            file.seek(REGISTRY_HEAD + place * REGISTRY_ENTRY)
            pid = int.from_bytes(file.read(4), sys.byteorder)
            if pid and not Path(f"/proc/{pid}").exists():
                file.seek(-4, os.SEEK_CUR)
                file.write(bytes(REGISTRY_ENTRY))


@contextlib.contextmanager
def jack_server(*, period: int = 128) -> Iterator[JackServer]:
    """Run a private server for a while."""
    server = JackServer(period=period)
    try:
        yield server
    finally:
        server.close()


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """One message heard: at which frame, when (monotonic s, by JACK's smoothed clock), on which port, which bytes."""

    frame: int
    time: float
    port: str
    data: bytes


class _Batch(msgspec.Struct, frozen=True):
    heard: list[Heard] = []
    xruns: int = 0
    rate: int = 0
    period: int = 0


class JackEar:
    """Hears every port of client `source`, each on an input of the same name; lives in a process of its own."""

    def __init__(self, server: JackServer, ports: tuple[str, ...], *, source: str = "melody-engine") -> None:
        """Start listening; `connect` when the source is there."""
        self.server, self.ports, self.source = server, ports, source
        self.name = f"ear-{source}"
        self.heard: list[Heard] = []
        self.xruns = 0
        self._news = threading.Condition()
        self._rate: int | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.jack_ear", server.name, self.name, *ports],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        if not self.wait_for(lambda _: self._rate is not None, READY_S):
            raise RuntimeError("the ear does not open its JACK client")

    def connect(self, timeout: float = READY_S) -> None:
        """Connect all ports to those of the same name; RuntimeError when the source does not appear in time."""
        self.connect_to({}, timeout)

    def connect_to(self, sources: dict[str, str], timeout: float = READY_S) -> None:
        """Connect all ports, those named in `sources` to that output instead."""
        end = time.monotonic() + timeout
        for port in self.ports:
            source = sources.get(port, f"{self.source}:{port}")
            while not self.server.connect(source, f"{self.name}:{port}"):
                if time.monotonic() > end:
                    raise RuntimeError(f"no port {source}; there are: {self.server.ports()}")
                time.sleep(PROBE_S)

    def wait_for(self, predicate: Callable[[list[Heard]], Any], timeout: float = 5.0) -> bool:
        """Wait until `predicate(everything heard)` holds; False after `timeout` s."""
        with self._news:
            return bool(self._news.wait_for(lambda: predicate(self.heard), timeout))

    def notes_on(self, port: str | None = None) -> list[Heard]:
        """Return the presses heard (on one port)."""
        return [h for h in list(self.heard) if h.data[0] & 0xF0 == 0x90 and port in (None, h.port)]

    def hanging(self) -> list[tuple[str, int, int]]:
        """Return (port, channel, pitch) of every press that no release has followed."""
        sounding: dict[tuple[str, int, int], int] = {}
        for heard in list(self.heard):
            if heard.data[0] & 0xE0 == 0x80:
                key = (heard.port, heard.data[0] & 0x0F, heard.data[1])
                sounding[key] = int(heard.data[0] & 0xF0 == 0x90)
        return [key for key, on in sounding.items() if on]

    def longest(self) -> float:
        """Return how long the longest note heard so far was held, s."""
        began: dict[tuple[str, int, int], float] = {}
        longest = 0.0
        for heard in list(self.heard):
            if heard.data[0] & 0xE0 == 0x80:
                key = (heard.port, heard.data[0] & 0x0F, heard.data[1])
                if heard.data[0] & 0xF0 == 0x90:
                    began[key] = heard.time
                elif key in began:
                    longest = max(longest, heard.time - began.pop(key))
        return longest

    def close(self) -> None:
        """End the ear."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def closed(self) -> bool:
        """Whether the server has dropped the ear, or died."""
        return self._process.poll() is not None

    def _listen(self) -> None:
        decoder = msgspec.msgpack.Decoder(_Batch)
        stream = self._process.stdout
        assert stream is not None
        while len(head := stream.read(4)) == 4:
            batch = decoder.decode(stream.read(struct.unpack("<I", head)[0]))
            with self._news:
                self.heard += batch.heard
                self.xruns = max(self.xruns, batch.xruns)
                self._rate = batch.rate or self._rate
                self._news.notify_all()
