"""The guard: starts main, and starts it again when it dies; the music resumes where the journal ends.

A process of its own that does nothing else, because a watchdog inside the patient is useless. Main ends with
its guard: the guard holds the other end of main's standard input.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

RESUME: Final = "MELODY_ENGINE_RESUME"
"""Environment variable: the file in which main writes where its journal is."""
MAX_DEATHS: Final = 5
WITHIN_S: Final = 60.0
"""So many deaths in so many seconds are no accident any more: not a number to turn, a fault to mend."""
AGAIN_S: Final = 1.0
"""Between two tries to start main where the system cannot: it plays on as soon as it can."""
OURS: Final = (0, 1, 2)
"""Exit codes that main means: ended, could not start, wrong usage. Any other end is a death."""


def guard(command: Sequence[str]) -> int:
    """Run `command` until it ends by itself; return its exit code. A death is followed by another life.

    Gives up with 1 after MAX_DEATHS deaths within WITHIN_S seconds.
    """
    deaths: deque[float] = deque(maxlen=MAX_DEATHS)
    with tempfile.TemporaryDirectory(prefix="melody-engine-") as folder:
        environment = {**os.environ, RESUME: str(Path(folder) / "resume.json")}
        life = _Life(command, environment)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, life.forward)
        while (code := life.live()) not in OURS:
            deaths.append(time.monotonic())
            if len(deaths) == MAX_DEATHS and deaths[-1] - deaths[0] < WITHIN_S:
                print(f"main died {MAX_DEATHS} times within {WITHIN_S:.0f} s; giving up", file=sys.stderr)
                return 1
            print(f"main died ({code}); starting it again", file=sys.stderr)
        return code


class _Life:
    """One main after the other."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._command, self._environment = command, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = False

    def live(self) -> int:
        if self._asked_to_end():
            return 0
        first, self._process = self._process is None, self._born()
        while self._process is None:
            if first or self._asked_to_end():
                return 1
            time.sleep(AGAIN_S)
            self._process = self._born()
        code = self._process.wait()
        return 0 if code < 0 and self._asked_to_end() else code

    def _born(self) -> subprocess.Popen[bytes] | None:
        """Start main; None where the system has no memory or process left for it."""
        try:
            return subprocess.Popen(self._command, env=self._environment, stdin=subprocess.PIPE)
        except OSError as error:
            print(f"main cannot start: {error}", file=sys.stderr)
            return None

    def _asked_to_end(self) -> bool:
        return self._ending

    def forward(self, number: int, _frame: object) -> None:
        """Pass a signal on to main; it comes to its end by itself."""
        self._ending = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
