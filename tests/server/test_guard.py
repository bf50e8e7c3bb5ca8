"""Real processes: a main that dies, ends, or is told to."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def guarded(script: str) -> subprocess.Popen:
    guard = f"import sys; from server.guard import guard; sys.exit(guard([sys.executable, '-c', {script!r}]))"
    return subprocess.Popen(
        [sys.executable, "-c", guard], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_exit_codes_pass_through():
    for code in (0, 1, 2):
        process = guarded(f"raise SystemExit({code})")
        process.communicate(timeout=30)
        assert process.returncode == code


def test_a_main_that_was_killed_lives_again_and_finds_its_papers():
    script = """
import os, pathlib, signal
papers = pathlib.Path(os.environ["MELODY_ENGINE_RESUME"])
if papers.exists():
    print("found", papers.read_text())
else:
    papers.write_text("here")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    process = guarded(script)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out == "found here\n"
    assert "died" in err


def test_it_gives_up_on_a_main_that_cannot_live():
    process = guarded("import os; print('born', flush=True); os.abort()")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out.count("born") == 5
    assert "giving up" in err


def test_a_signal_to_the_guard_ends_main_in_order():
    script = """
import signal, sys, threading
signal.signal(signal.SIGTERM, lambda *_: (print("released"), sys.exit(0)))
print("ready", flush=True)
threading.Event().wait()
"""
    process = guarded(script)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert (out, process.returncode) == ("released\n", 0)


def test_main_sees_the_death_of_its_guard():
    script = """
import os, sys
print("ready", flush=True)
while os.read(0, 1): pass
print("alone", flush=True)
"""
    process = guarded(script)
    assert process.stdout.readline() == "ready\n"
    process.kill()
    assert process.communicate(timeout=30)[0] == "alone\n"


def test_a_main_that_the_system_cannot_start_again_is_tried_until_it_can():
    refusing = """
import subprocess
real, starts = subprocess.Popen, []
class Refusing(real):
    def __init__(self, *args, **kwargs):
        starts.append(0)
        if len(starts) in (2, 3):
            raise BlockingIOError(11, "Resource temporarily unavailable")
        super().__init__(*args, **kwargs)
subprocess.Popen = Refusing
import server.guard
server.guard.AGAIN_S = 0.0
"""
    main = "import os, pathlib; p = pathlib.Path(os.environ['MELODY_ENGINE_RESUME']); p.exists() or (p.write_text(''), os.abort())"
    code = f"{refusing}\nimport sys\nsys.exit(server.guard.guard([sys.executable, '-c', {main!r}]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("main cannot start") == 2


def test_a_main_that_can_never_be_started_is_an_error_at_once():
    code = "import sys; from server.guard import guard; sys.exit(guard(['/nowhere/at/all']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "main cannot start" in done.stderr
