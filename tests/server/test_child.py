import os
import subprocess
from pathlib import Path

import pytest

from server.child import start_child

WAIT_S = 20.0


def echo(connection):
    connection.send_bytes(str(os.getpid()).encode())
    connection.send_bytes(connection.recv_bytes())


def wait_for_ever(connection):
    connection.recv_bytes()


def test_a_child_and_its_connection():
    child, connection = start_child(echo)
    assert connection.poll(WAIT_S)
    assert connection.recv_bytes() == str(child.pid).encode()
    connection.send_bytes(b"again")
    assert connection.recv_bytes() == b"again"
    assert child.join(WAIT_S)
    assert child.end == "exit code 0"
    connection.close()


def test_a_killed_child_closes_its_end():
    child, connection = start_child(wait_for_ever)
    assert not child.join(0.0)
    assert child.status is None
    child.kill()
    assert child.join(WAIT_S)
    assert child.status == -9
    assert child.end == "signal 9"
    assert connection.poll(WAIT_S)
    connection.close()


def test_a_start_that_fails_leaves_nothing_open(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = open_files()
    with pytest.raises(BlockingIOError):
        start_child(echo)
    assert open_files() == before


def open_files():
    """Return the open descriptors, where the system tells."""
    return {path.name for path in Path("/proc/self/fd").glob("*")}
