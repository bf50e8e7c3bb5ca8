"""The live view beside a server in the same terminal, in a process of its own.

Drawing must not take Python's interpreter from the process that plans the music. The server's log, and whatever
libraries print to stderr, go to the view through a pipe that is never waited for, so that nothing paints over it;
where nobody looks on (no terminal) all goes to stderr, which is not waited for either.
"""

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator

from server.config import Osc

FORMAT = "%(levelname)s %(message)s"
TIMED = f"%(asctime)s {FORMAT}"
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  (compared with, not bound)
STDERR = 2
END_S = 2.0
WAITING_LINES = 1000


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


class PatientHandler(logging.Handler):
    """Writes log lines to stderr on a thread of its own; whoever does not read them stops nobody else.

    A pager, a stopped terminal, a log daemon that hangs: what does not fit into WAITING_LINES is dropped, and counted.
    """

    def __init__(self) -> None:
        """Begin to write."""
        super().__init__()
        self.setFormatter(logging.Formatter(FORMAT if "JOURNAL_STREAM" in os.environ else TIMED))  # journald has it
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have a line written soon."""
        if self._lines.qsize() < WAITING_LINES:
            self._lines.put(self.format(record))
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, where it is read."""
        self._lines.put(None)
        self._thread.join(END_S)
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._dropped:
                line, self._dropped = f"{line}\nWARNING {self._dropped} lines of this log had no reader", 0
            with contextlib.suppress(OSError):  # not through sys.stderr, whose lock would be held while it waits
                os.write(STDERR, line.encode("utf-8", "replace") + b"\n")


@contextlib.contextmanager
def view(osc: Osc, *, shown: bool) -> Iterator[None]:
    """Show the view of the server that listens on `osc` while it runs; not shown: only its log, on stderr."""
    if not shown:
        handler = PatientHandler()
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)
            handler.close()
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
