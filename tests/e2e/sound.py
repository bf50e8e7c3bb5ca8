"""Real sound: fluidsynth on a private JACK server, and a client that keeps what it plays."""

import contextlib
import functools
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.e2e.jackd import JackServer

RATE = 48_000
SOUNDFONTS = (
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/default-GM.sf2",
)
HOP = 128
SILENCE = 1e-4


def soundfont() -> str:
    found = next((path for path in SOUNDFONTS if Path(path).exists()), None)
    assert found, "no General MIDI soundfont: apt install timgm6mb-soundfont"
    assert shutil.which("fluidsynth"), "fluidsynth is missing: apt install fluidsynth"
    return found


class ThrownOutError(RuntimeError):
    """The recording client was thrown out by the JACK server."""


class Synth:
    """fluidsynth hearing `melody-engine`, and its left output recorded; `close` ends both."""

    def __init__(self, server: JackServer, folder: Path) -> None:
        self.server, self._file = server, folder / "tape"
        name = server.name
        self._tape = subprocess.Popen([sys.executable, "-m", "tests.e2e.tape", name, str(self._file)])
        self._synth = subprocess.Popen(
            ["fluidsynth", "-q", "-a", "jack", "-m", "jack", "-r", str(RATE), "-R", "0", "-C", "0",
             "-o", f"audio.jack.server={name}", "-o", f"midi.jack.server={name}",
             "-o", "audio.jack.id=synth", "-o", "midi.jack.id=synth", soundfont()],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip  # its shell waits on stdin: open as long as we are

    def hear(self, *ports: str) -> None:
        for port in ports:
            self.connect(f"melody-engine:{port}", "synth:midi_00")

    def sound(self, until: int = 0) -> tuple[int, np.ndarray]:
        """First frame, and all samples since; cycles that the tape missed are silent.

        ThrownOutError where the tape never comes to frame `until`: jackd throws out a client that is late on a
        busy machine, which says nothing about us.
        """
        for _ in range(250):
            first, samples = self._read()
            if first + len(samples) >= until:
                return first, samples
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._tape.wait(0.02)
                break
        raise ThrownOutError(f"the tape ends at frame {first + len(samples)}, before {until}")

    def _read(self) -> tuple[int, np.ndarray]:
        data, place, blocks = self._file.read_bytes(), 0, []
        while place + 16 <= len(data):
            frame, size = struct.unpack_from("<qq", data, place)
            blocks.append((frame, np.frombuffer(data[place + 16 : place + 16 + size], np.float32)))
            place += 16 + size
        if not blocks:
            return 0, np.zeros(0, np.float32)
        first, (last, tail) = blocks[0][0], blocks[-1]
        samples = np.zeros(last + len(tail) - first, np.float32)
        for frame, block in blocks:
            samples[frame - first : frame - first + len(block)] = block
        return first, samples

    def close(self) -> None:
        for process in (self._synth, self._tape):
            process.kill()
            process.wait()
        self._synth.stdin.close()

    def connect(self, source: str, target: str) -> None:
        for _ in range(200):  # until both ends are there: each question waits for the server's answer
            done = subprocess.run(
                ["jack_connect", "-s", self.server.name, source, target], capture_output=True, check=False
            )
            if done.returncode == 0:
                return
            assert self._synth.poll() is None, "fluidsynth ended"
        raise AssertionError(f"no connection {source} -> {target}; there are {self.server.ports()}")


def unless_thrown_out(test):
    """Try up to three times where the recording client was thrown out; any other failure is one."""

    @functools.wraps(test)
    def tried(tmp_path, **arguments):
        for attempt in range(3):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            try:
                return test(tmp_path=folder, **arguments)
            except ThrownOutError:
                if attempt == 2:
                    raise
        return None

    return tried


@contextlib.contextmanager
def synth(server: JackServer, folder: Path) -> Iterator[Synth]:
    made = Synth(server, folder)
    try:
        made.connect("synth:left", "tape:in")
        yield made
    finally:
        made.close()


def onsets(samples: np.ndarray, floor_db: float = 6.0) -> np.ndarray:
    """Frames at which the sound suddenly grows by at least `floor_db`, at most one per 60 ms."""
    usable = samples[: len(samples) // HOP * HOP].reshape(-1, HOP)
    level = 20 * np.log10(np.sqrt((usable.astype(float) ** 2).mean(axis=1)) + SILENCE)
    before = np.array([level[max(0, at - 6) : at].mean() if at else level[0] for at in range(len(level))])
    rise = level - before
    found: list[int] = []
    for at in np.flatnonzero(rise > floor_db):
        if not found or at * HOP - found[-1] > 0.06 * RATE:
            found.append(int(at) * HOP)
    return np.array(found)
