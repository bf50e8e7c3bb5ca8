"""Faults at random instants, with everything real: processes die or freeze, files are broken; the music goes on.

Each fault is repeated MELODY_FAULT_REPEATS times (environment variable, 2 unless set; 200 for a long night) at
instants drawn from a seeded generator. Pass: `/ping` is answered within 250 ms (faults outside main), every
note-on at the receiver is followed by its note-off within a bar of its end, and music goes on or resumes.
"""

import itertools
import os
import random
import signal

import pytest

from tests.e2e.concert import BAR_S, REPEATS, concert
from tests.e2e.jackd import JackEar

pytestmark = pytest.mark.e2e

LONGEST_NOTE_S = BAR_S + 0.1
KINDS = {"killed": signal.SIGKILL, "frozen": signal.SIGSTOP}


def lengths(heard):
    """Seconds from every note-on to its note-off, or to all-notes-off on its channel; None where neither came."""
    begun, found = {}, []
    for message in heard:
        kind, note = message.data[0] & 0xF0, (message.port, message.data[0] & 0x0F, message.data[1])
        if kind == 0x90:
            begun.setdefault(note, message.time)  # a cycle that a dying server swallowed: the next off ends both
        elif kind == 0x80 and note in begun:
            found.append(message.time - begun.pop(note))
        elif message.data[0] & 0xF0 == 0xB0 and message.data[1] == 123:
            ended = [other for other in begun if other[:2] == note[:2]]
            found += [message.time - begun.pop(other) for other in ended]
    return [*found, *(None for _ in begun)]


def nothing_hangs(show):
    """Every note has ended, and in time, once the server has ended."""
    assert show.ear.wait_for(lambda heard: None not in lengths(heard), 2 * BAR_S), show.ear.hanging()
    found = lengths(list(show.ear.heard))
    assert max(found) < LONGEST_NOTE_S + BAR_S


def resumes_on_a_line(show, since):
    """The first note after the longest gap since then stands on a bar line as the server tells them."""
    times = sorted({on.time for on in show.ear.notes_on() if on.time > since - BAR_S})
    gap, first = max((later - before, later) for before, later in itertools.pairwise(times))
    if gap < BAR_S / 2:
        return  # it went on
    bars = [news for news in show.news.of("/bar") if news.time >= first - 0.3]
    line = bars[0].time
    off = abs(first - line) % BAR_S
    assert min(off, BAR_S - off) < 0.05, (gap, first, line)


@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("who", ["experts", "player"])
def test_a_helper_process(who, fault, tmp_path):
    dice = random.Random(f"{who} {fault}")
    with concert(tmp_path) as show:
        for _ in range(REPEATS):
            pid = show.pid(who)
            show.random_instant(dice)
            os.kill(pid, KINDS[fault])
            since = show.ear.heard[-1].time
            for _ in range(20):
                show.answers()
            show.status_until(lambda status, pid=pid: status[f"{who}_pid"] not in (0, pid))
            show.answers()
            show.hear_bars(3)
            resumes_on_a_line(show, since)
            show.status_until(lambda _: show.news.of("/played")[-5:])
            assert any(news.args[1] == "lead-gru" for news in learned_again(show))
        show.server.end()
        nothing_hangs(show)


def learned_again(show):
    """Wait until the learned lead plays again."""
    since = len(show.news.news)
    show.news.wait_for(lambda: any(n.args[1] == "lead-gru" for n in show.news.of("/played", since)), 20)
    return show.news.of("/played", since)


def test_main_killed(tmp_path):
    dice = random.Random("main killed")
    with concert(tmp_path) as show:
        for _ in range(min(REPEATS, 4)):  # five deaths in a minute are too many for its guard
            show.hear_bars(2)
            pid = show.pid("main")
            show.random_instant(dice)
            os.kill(pid, signal.SIGKILL)
            assert show.ear.wait_for(lambda heard: None not in lengths(heard), 2 * BAR_S)
            since = show.ear.heard[-1].time
            show.news.send("/subscribe")
            show.status_until(lambda status: status["playing"])
            show.news.send("/subscribe")
            show.hear_bars(2)
            assert show.ear.notes_on()[-1].time > since
        show.server.end()
        nothing_hangs(show)


def test_main_frozen(tmp_path):
    dice = random.Random("main frozen")
    with concert(tmp_path) as show:
        for _ in range(REPEATS):
            pid = show.pid("main")
            show.random_instant(dice)
            os.kill(pid, signal.SIGSTOP)
            resets = len(all_notes_off(show))
            assert show.ear.wait_for(lambda _, n=resets: len(all_notes_off(show)) > n, 5.0)
            assert None not in lengths(list(show.ear.heard))
            since = show.ear.heard[-1].time
            os.kill(pid, signal.SIGCONT)
            show.hear_bars(3)
            resumes_on_a_line(show, since)
            show.answers()
        show.server.end()
        nothing_hangs(show)


def all_notes_off(show):
    return [message for message in list(show.ear.heard) if message.data[0] & 0xF0 == 0xB0 and message.data[1] == 123]


def test_jackd_frozen(tmp_path):
    dice = random.Random("jackd frozen")
    with concert(tmp_path) as show:
        for _ in range(REPEATS):
            show.random_instant(dice)
            show.jack.stop()
            show.status_until(lambda status: "jack:lead=open" not in status["ports"])
            for _ in range(20):
                show.answers()
            resets = len(all_notes_off(show))
            show.jack.cont()
            show.status_until(lambda status: "jack:lead=open" in status["ports"])
            assert show.ear.wait_for(lambda _, n=resets: len(all_notes_off(show)) > n, 5.0)
            show.hear_bars(2)
        assert show.news.status()["player_restarts"] == 0
        show.server.end()
        assert show.ear.wait_for(lambda heard: None not in lengths(heard), 2 * BAR_S)


def test_jackd_killed(tmp_path):
    dice = random.Random("jackd killed")
    with concert(tmp_path) as show:
        for _ in range(REPEATS):
            show.random_instant(dice)
            show.jack.kill()
            show.ear.close()
            for _ in range(20):
                show.answers()
            bars = len(show.news.of("/bar"))
            assert show.news.wait_for(lambda n=bars: len(show.news.of("/bar")) > n + 1, 10.0)  # the band plays on
            show.jack.restart()
            show.ear = JackEar(show.jack, show.ear.ports)  # connects nothing: the player finds its receivers again
            show.hear_bars(2)
            show.answers()
        show.server.end()
        nothing_hangs(show)
