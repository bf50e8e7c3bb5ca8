"""The guard: starts main, and starts it again when it dies; the music resumes where the journal ends.

A process of its own that does nothing else, because a watchdog inside the patient is useless. A main that hangs has
died. Main ends with its guard: the guard holds the other end of main's standard input.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path
from types import ModuleType
from typing import Final

from server.vitals import look

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

RESUME: Final = "MELODY_ENGINE_RESUME"
"""Environment variable: the file in which main writes where its journal is."""
MAX_DEATHS: Final = 5
WITHIN_S: Final = 60.0
"""So many deaths in so many seconds are no accident any more: not a number to turn, a fault to mend."""
AGAIN_S: Final = 1.0
"""Between two tries to start main where the system cannot: it plays on as soon as it can."""
BEAT: Final = "MELODY_ENGINE_BEAT"
"""Environment variable: the descriptor into which main writes a byte at least every BEAT_S."""
BEAT_S: Final = 1.0
CHECK_S: Final = 1.0
SILENT_CHECKS: Final = 10
"""So many checks of our own waking time without a beat, and main hangs for good: the music has ended long before."""
COULD_NOT: Final = 1
OURS: Final = (0, COULD_NOT, 2)
"""Exit codes that main means: ended, could not start, wrong usage. Any other end is a death.

A later main that could not start is one, too: the first one could, and music was playing.
"""


def ending() -> tuple[int, ...]:
    """Return the signals that ask us to end: Ctrl-C, a service manager's, and that of a terminal that is closed.

    Not the last where whoever started us has it ignored (nohup): we are to outlive the terminal.
    """
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return signal.SIGINT, signal.SIGTERM
    return signal.SIGINT, signal.SIGTERM, hangup


def guard(command: Sequence[str]) -> int:
    """Run `command` until it ends by itself; return its exit code. A death is followed by another life.

    Gives up with 1 after MAX_DEATHS deaths within WITHIN_S seconds.
    """
    deaths: deque[float] = deque(maxlen=MAX_DEATHS)
    with tempfile.TemporaryDirectory(prefix="melody-engine-") as folder, _kept(folder):
        environment = {**os.environ, RESUME: str(Path(folder) / "resume.json")}
        life = _Life(command, environment)
        for number in ending():
            signal.signal(number, life.forward)
        while (code := life.live()) not in OURS or (code == COULD_NOT and life.is_later):
            deaths.append(time.monotonic())
            if len(deaths) == MAX_DEATHS and deaths[-1] - deaths[0] < WITHIN_S:
                _tell(f"main died {MAX_DEATHS} times within {WITHIN_S:.0f} s; giving up")
                return 1
            _tell(f"main died ({code}); starting it again")
            if code == COULD_NOT:
                time.sleep(AGAIN_S)
        return code


def _tell(line: str) -> None:
    """Print to stderr; a terminal that is gone or a log on a full disk is no reason to let the music end."""
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


def _stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal (Ctrl-Z) or a debugger."""
    vitals = look(pid)
    return vitals is not None and vitals.state in "Tt"


@contextlib.contextmanager
def _kept(folder: str) -> Iterator[None]:
    """Hold a lock on the folder: what clears old temporary files (systemd-tmpfiles, after ten days) leaves it alone."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


class _Life:
    """One main after the other."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._command, self._environment = command, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._beats: FileIO | None = None
        self._ending = False
        self._lives = 0

    @property
    def is_later(self) -> bool:
        """Whether there was another main before this one, and nobody has asked us to end."""
        return self._lives > 1 and not self._ending

    def live(self) -> int:
        if self._asked_to_end():
            return 0
        self._lives += 1
        first, self._process = self._process is None, self._born()
        while self._process is None:
            if first or self._asked_to_end():
                return 1
            time.sleep(AGAIN_S)
            self._process = self._born()
        if self._asked_to_end():  # while it was being born, when there was nobody to tell
            self._process.terminate()
        self._watch(self._process)
        code = self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return 0 if code < 0 and self._asked_to_end() else code

    def _born(self) -> subprocess.Popen[bytes] | None:
        """Start main; None where the system has no memory or process left for it."""
        try:
            if os.name != "posix":  # where pipes cannot be waited for
                return subprocess.Popen(self._command, env=self._environment, stdin=subprocess.PIPE)
            hears, tells = os.pipe()
            self._beats = open(hears, "rb", buffering=0)  # noqa: PTH123, SIM115  (a descriptor, closed by `_watch`)
            try:
                return subprocess.Popen(
                    self._command,
                    env=self._environment | {BEAT: str(tells)},
                    stdin=subprocess.PIPE,
                    pass_fds=(tells,),
                )
            finally:
                os.close(tells)
        except OSError as error:
            _tell(f"main cannot start: {error}")
            return None

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Return when main has ended; end one that has fallen silent, unless somebody has stopped it on purpose."""
        if self._beats is None:
            return
        with self._beats as beats:
            silent, spoken = 0, False
            while True:
                asleep = time.monotonic()
                if select.select([beats], [], [], CHECK_S)[0]:
                    if not beats.read(4096):
                        return
                    silent, spoken = 0, True
                elif time.monotonic() - asleep < 2 * CHECK_S:  # else we were stopped ourselves, and blame nobody
                    silent += spoken
                if _stopped(process.pid):
                    silent = 0  # it has all the time again when it goes on
                if silent >= SILENT_CHECKS:
                    _tell("main does not answer: killed")
                    process.kill()
                    return

    def _asked_to_end(self) -> bool:
        return self._ending

    def forward(self, number: int, _frame: object) -> None:
        """Pass a signal on to main; it comes to its end by itself."""
        self._ending = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
