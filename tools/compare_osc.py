"""The hostile packets against other OSC receivers: which of them still answers afterwards.

`python -m tools.compare_osc` prints a table. Each packet goes to a running program with a good message right behind
it; a program that does not tell of the good one within a second counts as stopped, and is started anew.
"""

import contextlib
import resource
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from server.surfaces.osc.encode import encode
from tools.hostile_osc import HOSTILE
from tools.report import show

PATIENCE_S: Final = 1.0
START_S: Final = 20.0
MEMORY_BYTES: Final = 2 << 30
"""What a receiver may take: one that runs wild must not take the machine with it."""
PROBE: Final = "/seed"
"""The good message: an address that we know (of unknown ones from a flood we tell no more)."""

PYTHON_OSC: Final = """
import asyncio, sys
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import AsyncIOOSCUDPServer
async def main():
    dispatcher = Dispatcher()
    dispatcher.map("/seed", lambda _address, n: print("probe", n, flush=True))
    dispatcher.map("/voice/lead/level/fine", lambda *_: None)
    loop = asyncio.get_running_loop()
    await AsyncIOOSCUDPServer(("127.0.0.1", int(sys.argv[1])), dispatcher, loop).create_serve_endpoint()
    await asyncio.Event().wait()
asyncio.run(main())
"""
OURS: Final = """
import asyncio, sys
from server.config import Osc
from server.surfaces.osc import OscSurface
class Stage:
    def receive(self, address, args, *, at=None, sweep=False):
        if address == "/seed":
            print("probe", *args, flush=True)
    def count_refusal(self):
        pass
    def listen(self, callback):
        return lambda: None
async def main():
    await OscSurface(Osc("127.0.0.1", int(sys.argv[1]), 4_194_304, 60.0), Stage()).start()
    await asyncio.Event().wait()
asyncio.run(main())
"""
PATCH: Final = """#N canvas 0 0 400 200 12;
#X obj 20 20 netreceive -u -b PORT;
#X obj 20 50 oscparse;
#X obj 20 80 print;
#X connect 0 0 1 0;
#X connect 1 0 2 0;
"""
PD: Final = ("pd", "-nogui", "-nomidi", "-noaudio", "-stderr", "-noprefs", "-open")


class Receiver(msgspec.Struct, frozen=True):
    """A program by its name, its command (PORT stands for the port) and what it prints of the good message."""

    name: str
    command: tuple[str, ...]
    shows: str


def receivers(folder: Path) -> list[Receiver]:
    """Return the receivers that are on this machine; Pd's patch is written to `folder`."""
    all_of_them = [
        Receiver("melody-engine", (sys.executable, "-c", OURS, "PORT"), "probe {}"),
        Receiver("python-osc (asyncio server)", (sys.executable, "-c", PYTHON_OSC, "PORT"), "probe {}"),
        Receiver("liblo (oscdump)", ("oscdump", "-L", "PORT"), PROBE + " i {}"),
        Receiver("Pure Data (netreceive, oscparse)", (*PD, str(folder / "PORT.pd")), "seed {}"),
    ]
    return [each for each in all_of_them if shutil.which(each.command[0])]


class Trial:
    """One receiver, started anew whenever it was stopped."""

    def __init__(self, receiver: Receiver, folder: Path) -> None:
        """Start it and wait for its first sign of life."""
        self._receiver, self._folder = receiver, folder
        self._serial = 0
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._start()

    def survives(self, packet: bytes) -> bool:
        """Return whether it takes the packet and a good one behind; starts it anew where not."""
        with contextlib.suppress(OSError):
            self._udp.sendto(packet, self._to)
        if self._probe(PATIENCE_S):
            return True
        self._kill()
        self._start()
        return False

    def end(self) -> None:
        """Kill it and hang up."""
        self._kill()
        self._udp.close()

    def _kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _start(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self._to = probe.getsockname()
        port = str(self._to[1])
        (self._folder / f"{port}.pd").write_text(PATCH.replace("PORT", port))
        command = [word.replace("PORT", port) for word in self._receiver.command]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        resource.prlimit(self._process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        end = time.monotonic() + START_S
        while not self._probe(0.1):
            if time.monotonic() > end:
                raise TimeoutError(f"{self._receiver.name} does not start")

    def _probe(self, patience: float) -> bool:
        """Send a good message; return whether the receiver tells of it."""
        self._serial += 1
        wanted = self._receiver.shows.format(self._serial)
        with contextlib.suppress(OSError):
            self._udp.sendto(encode(PROBE, (self._serial,)), self._to)
        end = time.monotonic() + patience
        stream = self._process.stdout
        assert stream is not None
        while (left := end - time.monotonic()) > 0 and select.select([stream], [], [], left)[0]:
            line = stream.readline().decode(errors="replace").rstrip()
            if line.endswith(wanted):
                return True
            if not line and self._process.poll() is not None:
                return False
        return False


def run() -> list[dict[str, Any]]:
    """Return per receiver how many of the hostile packets stopped it, and which."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for receiver in receivers(Path(name)):
            trial = Trial(receiver, Path(name))
            stopped = [what for what, (packet, _acceptable) in HOSTILE.items() if not trial.survives(packet)]
            trial.end()
            rows.append({"receiver": receiver.name, "stopped by": len(stopped), "namely": ", ".join(stopped)})
    return rows


if __name__ == "__main__":
    found = run()
    show(f"{len(HOSTILE)} hostile packets", list(found[0]), [list(row.values()) for row in found])
