"""The live view beside a server in the same terminal, in a process of its own.

Drawing must not take Python's interpreter from the process that plans the music. The server's log, and whatever
libraries print to stderr, go to the view through a pipe that is never waited for, so that nothing paints over it;
where nobody looks on (no terminal) all goes to stderr.
"""

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

from server.config import Osc

FORMAT = "%(levelname)s %(message)s"
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  (compared with, not bound)
STDERR = 2
END_S = 2.0


class PipeHandler(logging.Handler):
    """Writes log lines to a pipe; a line that does not fit is dropped rather than waited for."""

    def __init__(self, descriptor: int) -> None:
        """Take the writing end."""
        super().__init__()
        self.setFormatter(logging.Formatter(FORMAT))
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, tracebacks folded into it."""
        line = self.format(record).replace("\n", " | ")
        with contextlib.suppress(OSError):
            os.write(self._descriptor, line.encode("utf-8", "replace") + b"\n")


@contextlib.contextmanager
def view(osc: Osc, *, shown: bool) -> Iterator[None]:
    """Show the view of the server that listens on `osc` while it runs; not shown: only its log, on stderr."""
    if not shown:
        logging.basicConfig(level=logging.INFO, format=FORMAT)
        yield
        return
    host = "127.0.0.1" if osc.host in ANYWHERE else osc.host
    command = [sys.executable, "-m", "tools", "monitor", "--beside", "--host", host, "--port", str(osc.port)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    assert child.stdin is not None
    kept = os.dup(STDERR)
    os.dup2(child.stdin.fileno(), STDERR)
    logging.basicConfig(level=logging.INFO, handlers=[PipeHandler(child.stdin.fileno())], force=True)
    try:
        yield
    finally:
        logging.basicConfig(level=logging.INFO, format=FORMAT, force=True)
        os.dup2(kept, STDERR)
        os.close(kept)
        child.stdin.close()  # the view ends with it
        try:
            child.wait(END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
