import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.config import load
from tools import beside
from tools.beside import PatientHandler, PipeHandler, view


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:] = kept
    root.setLevel(level)


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("x", logging.WARNING, "x.py", 1, message, (), info)


def test_a_record_is_one_line_whatever_it_holds() -> None:
    reading, writing = os.pipe()
    PipeHandler(writing).emit(record("two\nlines", ValueError("and a traceback")))
    line = os.read(reading, 65_536).decode()
    assert line.count("\n") == 1
    assert line.startswith("WARNING two | lines | ")
    assert "and a traceback" in line
    os.close(reading)
    os.close(writing)


def test_a_view_that_does_not_read_or_is_gone_never_stops_the_music() -> None:
    reading, writing = os.pipe()
    handler = PipeHandler(writing)
    for _ in range(2000):  # more than any pipe holds
        handler.emit(record("x" * 200))
    os.close(reading)
    handler.emit(record("into nowhere"))
    os.close(writing)


def test_the_view_is_told_the_log_and_ends_with_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen"
    real, started = subprocess.Popen, []

    def start(command: list[str], **kw: Any) -> subprocess.Popen[bytes]:
        code = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
        started.append((command, real([sys.executable, "-c", code, str(seen)], **kw)))
        return started[0][1]

    monkeypatch.setattr(subprocess, "Popen", start)
    with view(load().osc, shown=True):
        logging.getLogger("melody-engine").warning("no JACK server runs")
        os.write(2, b"ALSA lib complains\n")
    os.write(2, b"after\n")
    command, child = started[0]
    assert command[-4:] == ["--host", "127.0.0.1", "--port", "9000"]
    assert child.returncode == 0
    assert seen.read_text() == "WARNING no JACK server runs\nALSA lib complains\n"
    assert capfd.readouterr().err == "after\n"


def test_without_a_terminal_the_log_goes_to_stderr(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_: pytest.fail("no view was asked for"))
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    logging.getLogger().handlers.clear()
    with view(load().osc, shown=False):
        logging.getLogger("melody-engine").warning("no JACK server runs")
    assert re.fullmatch(r"2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING no JACK server runs\n", capfd.readouterr().err)
    assert logging.getLogger().handlers == []


def test_a_log_that_nobody_reads_never_stops_the_music(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(beside, "STDERR", writing)
    monkeypatch.setattr(beside, "END_S", 0.0)
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    handler = PatientHandler()
    for _ in range(3000):
        handler.emit(record("x" * 200))  # more than the pipe and the handler hold
    handler.close()
    with open(reading, encoding="utf-8") as late:  # noqa: PTH123  (a descriptor)
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(late))
        reader.start()
        handler._thread.join()
        os.close(writing)
        reader.join()
    dropped = [int(line.split()[1]) for line in lines if "no reader" in line]
    assert lines[0] == f"WARNING {'x' * 200}\n"  # the time is journald's
    assert len(lines) - len(dropped) + sum(dropped) == 3000
    assert dropped
