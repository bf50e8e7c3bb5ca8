"""What a terminal does to all that it started: closing it, Ctrl-C, Ctrl-Z. No note may hang, nobody may stay."""

import contextlib
import os
import signal

import pytest

from tests.e2e.concert import BAR_S, concert
from tests.e2e.test_faults import gone, lengths, nothing_hangs
from tools.live_server import family

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("hears_hangup")]


@contextlib.contextmanager
def in_a_terminal(folder, monkeypatch):
    """A concert whose server leads a process group, as a shell's job does."""
    import subprocess

    real = subprocess.Popen
    monkeypatch.setattr(
        "tools.live_server.subprocess.Popen", lambda *args, **named: real(*args, **named, process_group=0)
    )
    with concert(folder) as show:
        yield show, show.server.process.pid


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_terminal_that_closes_or_interrupts_ends_every_note_and_leaves_nobody(number, tmp_path, monkeypatch):
    with in_a_terminal(tmp_path, monkeypatch) as (show, group):
        members = family(group)
        os.killpg(group, number)
        assert show.server.process.wait(10) == 0, show.server.log()
        for pid in members:
            gone(pid)
        nothing_hangs(show)


def test_a_job_that_is_suspended_ends_every_note_and_goes_on_when_it_is_taken_up_again(tmp_path, monkeypatch):
    with in_a_terminal(tmp_path, monkeypatch) as (show, group):
        os.killpg(group, signal.SIGSTOP)  # SIGTSTP would be discarded: the group has no shell above it
        assert show.ear.wait_for(lambda heard: None not in lengths(heard), 8 * BAR_S), show.ear.hanging()
        os.killpg(group, signal.SIGCONT)
        show.hear_bars(2)
        show.server.end()
        nothing_hangs(show)
