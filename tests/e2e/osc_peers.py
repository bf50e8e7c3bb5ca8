"""Real OSC programs as peers: where they are, and their output line by line."""

import contextlib
import select
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

from tools.peers import PEERS


def program(name: str) -> str:
    """Return the path of a peer; a missing one fails the test and names its package."""
    path = shutil.which(name)
    if path is None:
        package = next(peer.package for peer in PEERS if peer.proof == name)
        pytest.fail(f"{name} is missing: apt install {package}")
    return path


class Talk:
    """What a running program prints; `until` waits for a line, `nudge` being called while none has come."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.lines: list[str] = []

    def until(self, wanted: str, nudge=lambda: None, timeout: float = 20.0) -> list[str]:
        """Return all lines so far, as soon as one contains `wanted`."""
        end = time.monotonic() + timeout
        while not any(wanted in line for line in self.lines):
            assert time.monotonic() < end, f"no {wanted!r} within {timeout} s; it said:\n" + "\n".join(self.lines)
            nudge()
            while select.select([self.process.stdout], [], [], 0.2)[0]:
                line = self.process.stdout.readline()
                assert line, f"{self.process.args[0]} ended; it said:\n" + "\n".join(self.lines)
                self.lines.append(line.decode(errors="replace").rstrip())
                if wanted in self.lines[-1]:
                    break
        return self.lines


@contextlib.contextmanager
def talking(*command: str) -> Iterator[Talk]:
    """Run a program for the length of the block."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0) as process:
        try:
            yield Talk(process)
        finally:
            process.kill()
