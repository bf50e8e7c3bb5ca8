"""Real processes: a main that dies, ends, or is told to."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.usefixtures("hears_hangup")
def test_a_terminal_that_closes_ends_main_in_order_unless_we_were_told_to_outlive_it():
    script = """
import signal, threading
ended = threading.Event()
for name in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(name, lambda number, _: (print(signal.Signals(number).name, flush=True), ended.set()))
print("ready", flush=True)
ended.wait()
"""
    process = guarded(script)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=30)
    assert (out, process.returncode) == ("SIGHUP\n", 0)

    code = f"import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); from server.guard import guard; guard([sys.executable, '-c', {script!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == "SIGTERM\n"


def test_a_signal_that_comes_while_main_is_being_born_ends_it():
    code = """
import os, signal, subprocess, sys
real = subprocess.Popen
class Slow(real):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGTERM)
subprocess.Popen = Slow
from server.guard import guard
sys.exit(guard([sys.executable, "-c", "import threading; threading.Event().wait()"]))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=30, check=False)
    assert done.returncode == 0


def test_a_later_main_that_cannot_start_is_tried_again():
    script = """
import os, pathlib, sys
papers = pathlib.Path(os.environ["MELODY_ENGINE_RESUME"])
lives = len(papers.read_text()) if papers.exists() else 0
papers.write_text("x" * (lives + 1))
print("life", lives, flush=True)
if lives == 0:
    os.abort()
sys.exit(1 if lives == 1 else 0)
"""
    process = guarded(script)
    out, _ = process.communicate(timeout=30)
    assert (out, process.returncode) == ("life 0\nlife 1\nlife 2\n", 0)


def test_where_nothing_can_be_told_any_more_a_main_that_died_lives_again():
    script = "import os, pathlib; p = pathlib.Path(os.environ['MELODY_ENGINE_RESUME']); p.exists() and (print('again'), os._exit(0)); p.write_text(''); os.abort()"
    code = f"import sys; from server.guard import guard; sys.exit(guard([sys.executable, '-uc', {script!r}]))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.stdout, done.returncode) == ("again\n", 0)


def test_the_papers_are_held_against_who_clears_old_temporary_files():
    """systemd-tmpfiles leaves alone a folder that somebody has locked; ten days are no age for a performance."""
    process = guarded("import os; print(os.environ['MELODY_ENGINE_RESUME'], flush=True); os.read(0, 1)")
    folder = Path(process.stdout.readline()).parent
    descriptor = os.open(folder, os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)
    process.kill()
    process.communicate(timeout=30)
    shutil.rmtree(folder)


CHECK_S = 0.01
QUICK = f"import server.guard; server.guard.CHECK_S = {CHECK_S}; "
BEATING = """
import os, pathlib, signal, sys, threading
papers = pathlib.Path(os.environ["MELODY_ENGINE_RESUME"])
if papers.exists():
    print("again", flush=True)
    sys.exit(0)
papers.write_text("")
os.write(int(os.environ["MELODY_ENGINE_BEAT"]), b".")
"""


def quickly_guarded(script, checks=10):
    code = f"{QUICK}server.guard.SILENT_CHECKS = {checks}; import sys; sys.exit(server.guard.guard([sys.executable, '-c', {BEATING + script!r}]))"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("hang", ["threading.Event().wait()", "while True: pass"])
def test_a_main_that_hangs_is_killed_and_lives_again(hang):
    process = quickly_guarded(hang)
    out, err = process.communicate(timeout=30)
    assert (out, process.returncode) == ("again\n", 0)
    assert "does not answer" in err


def test_a_main_that_somebody_has_stopped_is_waited_for_and_may_take_its_time_after():
    script = "print(os.getpid(), flush=True); os.kill(os.getpid(), signal.SIGSTOP); sys.exit(0)"
    process = quickly_guarded(script, checks=200)
    pid = int(process.stdout.readline())
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.2 * 200 * CHECK_S)
    os.kill(pid, signal.SIGCONT)
    assert process.communicate(timeout=30)[0] == ""
    assert process.returncode == 0


def test_a_main_that_has_not_begun_to_beat_has_all_the_time():
    script = "import threading; threading.Event().wait(0.8)"
    code = f"{QUICK}import sys; sys.exit(server.guard.guard([sys.executable, '-c', {script!r}]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
