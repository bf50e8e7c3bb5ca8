"""Child: another process of ours, with a connection to it.

Not multiprocessing.Process: its `spawn` imports the parent's main module again, which costs start-up time on every
restart and, where that module is a script without a guard, starts the whole program again.
"""

import importlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

Target = Callable[["Connection[Any, Any]"], None]


class Child:
    """A running child process."""

    def __init__(self, process: "subprocess.Popen[bytes] | BaseProcess") -> None:
        """Hold it."""
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    @property
    def status(self) -> int | None:
        """Its exit status, negative = the signal that ended it; None while it runs."""
        if isinstance(self._process, BaseProcess):
            return self._process.exitcode
        return self._process.poll()

    @property
    def end(self) -> str:
        """How it has ended, in words."""
        status = self.status
        return f"signal {-status}" if status is not None and status < 0 else f"exit code {status}"

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for its end; False when it still runs after `timeout_s`."""
        if isinstance(self._process, BaseProcess):
            self._process.join(timeout_s)
            return self._process.exitcode is not None
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True


def start_child(target: Target) -> "tuple[Child, Connection[Any, Any]]":
    """Run `target(connection)`, a function of an importable module, in a new process.

    Returns the child and our end of the connection; its end closes when the child dies. May take tens of
    milliseconds: not for the event loop's own thread. Raises OSError where the system cannot.
    """
    ours, theirs = multiprocessing.Pipe(duplex=True)
    try:
        return Child(_popen(f"{target.__module__}:{target.__qualname__}", theirs)), ours
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()


def _popen(target: str, theirs: "Connection[Any, Any]") -> "subprocess.Popen[bytes] | BaseProcess":
    if sys.platform == "win32":  # handles cannot be passed by number there
        process = multiprocessing.get_context("spawn").Process(target=_enter, args=(target, theirs), daemon=True)
        process.start()
        return process
    code = "import sys; from server.child import child_main; child_main(sys.argv[1], int(sys.argv[2]))"
    number = theirs.fileno()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-c", code, target, str(number)],
        pass_fds=(number,),
        env=environment,
        stdin=subprocess.DEVNULL,
        process_group=0,  # what a terminal does to its group (Ctrl-C, Ctrl-Z, closing) is for main: who plays releases
    )


def child_main(target: str, number: int) -> None:
    """Entry of a child: `target` is module:function, `number` the file descriptor of its connection."""
    os.set_inheritable(number, False)
    _enter(target, Connection(number))


def _enter(target: str, connection: "Connection[Any, Any]") -> None:
    module, _, function = target.partition(":")
    getattr(importlib.import_module(module), function)(connection)
