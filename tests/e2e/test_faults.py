"""Faults at random instants, with everything real: processes die or freeze, files are broken; the music goes on.

Each fault is repeated MELODY_FAULT_REPEATS times (environment variable, 2 unless set; 200 for a long night) at
instants drawn from a seeded generator. Pass: `/ping` is answered within 250 ms (faults outside main), every
note-on at the receiver is followed by its note-off within a bar of its end, and music goes on or resumes.
"""

import contextlib
import itertools
import os
import random
import select
import shutil
import signal
import socket
import subprocess

import pytest

from tests.e2e.concert import BAR_S, REPEATS, concert
from tests.e2e.jackd import JackEar
from tests.engines.neural.toy import make_toy_lead
from tools.live_server import free_port

pytestmark = pytest.mark.e2e

LONGEST_NOTE_S = BAR_S + 0.1
STANDSTILL_S = 0.05
"""Less than that the headroom and the rehearsals outlast."""
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
    lines = [news.time for news in show.news.of("/bar") if news.time >= first - 0.3]
    off = min((abs(first - line) % BAR_S for line in lines), key=from_a_line)  # a busy machine tells some of them late
    assert from_a_line(off) < 0.05, (gap, first, lines)


def from_a_line(off):
    """How far from the nearest bar line, s."""
    return min(off, BAR_S - off)


def unless_the_machine_stood_still(show, law, since=0.0):
    """A law on time holds where the machine gave us the time for it."""
    withheld = show.machine.withheld_s() - since
    assert law or withheld > STANDSTILL_S, f"broken, and the machine withheld no more than {withheld} s"


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


def test_guard_killed(tmp_path):
    """Without its guard main would be an orphan that nobody ends: it releases every note and goes."""
    with concert(tmp_path) as show:
        show.random_instant(random.Random("guard killed"))
        status = show.news.status()
        show.server.process.kill()
        assert show.ear.wait_for(lambda heard: None not in lengths(heard), 2 * BAR_S)
        for who in ("main", "player", "experts"):
            gone(int(status[f"{who}_pid"]))


def gone(pid, timeout=10.0):
    """Wait for the end of a process that is not our child."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        assert select.select([handle], [], [], timeout)[0], f"process {pid} still runs"
        os.close(handle)


def test_main_frozen(tmp_path):
    dice = random.Random("main frozen")
    with concert(tmp_path) as show:
        for _ in range(REPEATS):
            pid = show.pid("main")
            show.random_instant(dice)
            os.kill(pid, signal.SIGSTOP)
            resets = len(all_notes_off(show))
            assert show.ear.wait_for(
                lambda heard, n=resets: len(all_notes_off(show)) > n and None not in lengths(heard), 5.0
            )
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


@pytest.mark.parametrize("fault", KINDS)
def test_mosquitto(fault, tmp_path):
    dice = random.Random(f"mosquitto {fault}")
    port = free_port(socket.SOCK_STREAM)
    broker = start_broker(port)
    try:
        with concert(tmp_path, mqtt={"host": "127.0.0.1", "port": port, "id": "test"}) as show:
            for number in range(REPEATS):
                obeyed(show, port, 0.1 + 0.01 * number)
                show.random_instant(dice)
                broker.send_signal(KINDS[fault])
                for _ in range(20):
                    show.answers()
                show.hear_bars(2)
                if fault == "killed":
                    broker.wait()
                    broker = start_broker(port)
                else:
                    broker.send_signal(signal.SIGCONT)
                obeyed(show, port, 0.5 + 0.01 * number)
            unless_the_machine_stood_still(show, show.news.status()["bars_late"] == 0)
            show.server.end()
            nothing_hangs(show)
    finally:
        broker.kill()
        broker.wait()


def start_broker(port):
    program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    assert program, "mosquitto is missing: apt install mosquitto"
    return subprocess.Popen([program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def obeyed(show, port, tension):
    """A tension published over MQTT is taken, at the latest after some reconnections."""
    assert shutil.which("mosquitto_pub"), "mosquitto_pub is missing: apt install mosquitto-clients"
    command = ["mosquitto_pub", "-p", str(port), "-t", "melody-engine/test/cmd/tension", "-m", str(tension)]

    def taken():
        return any(abs(news.args[0] - tension) < 1e-4 for news in show.news.of("/state/tension"))

    for _ in range(60):
        subprocess.run(command, capture_output=True, timeout=10, check=False)
        if show.news.wait_for(taken, 0.5):
            return
    raise AssertionError(f"nothing came over MQTT:\n{show.server.log()}")


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def corrupt(path):
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 3, len(data), 97):
        data[place] ^= 0xA5
    path.write_bytes(bytes(data))


def inflate(path):
    with path.open("r+b") as file:
        file.truncate(1 << 30)


DAMAGES = (truncate, corrupt, inflate)
FILES = ("lead-gru.onnx", "card.json")


def test_broken_experts_are_refused_while_the_old_one_plays(tmp_path):
    models = tmp_path / "models"
    for number in range(1, 2 + len(DAMAGES) * len(FILES)):
        make_toy_lead(models, f"v{number}", use=number == 1)
    broken = []
    for number, (damage, name) in enumerate(itertools.product(DAMAGES, FILES), 2):
        damage(models / "lead-gru" / f"v{number}" / name)
        broken.append(f"v{number}")
    with concert(tmp_path, models=models) as show:
        learned_again(show)
        for version in broken:
            since, withheld = len(show.news.news), show.machine.withheld_s()
            show.news.send("/voice/lead/expert", "lead-gru", version)
            assert show.news.wait_for(lambda s=since: show.news.of("/rejected", s), 10.0), version
            for _ in range(20):
                show.answers()
            learned_again(show)  # a bar that was decided since; a bar that is heard may have been decided before
            played = [news.args[1] for news in show.news.of("/played", since) if news.args[0] == "lead"]
            unless_the_machine_stood_still(show, set(played) == {"lead-gru"}, withheld)
        unless_the_machine_stood_still(show, show.news.status()["bars_late"] == 0)
        show.server.end()
        nothing_hangs(show)


@pytest.mark.parametrize(("damage", "name"), [*zip(DAMAGES, (*FILES, FILES[0]), strict=True)])
def test_an_expert_broken_before_the_start_leaves_its_place_to_the_rules(damage, name, tmp_path):
    models = tmp_path / "models"
    make_toy_lead(models)
    damage(models / "lead-gru" / "v1" / name)
    with concert(tmp_path, models=models) as show:
        show.answers()
        show.hear_bars(1)
        assert {news.args[1] for news in show.news.of("/played") if news.args[0] == "lead"} == {"rules"}
        assert "lead-gru" in show.server.log()


def test_an_expert_that_breaks_on_disk_plays_on_and_is_refused_after_its_worker_died(tmp_path):
    with concert(tmp_path) as show:
        learned_again(show)
        corrupt(tmp_path / "models" / "lead-gru" / "v1" / "lead-gru.onnx")
        show.hear_bars(2)
        learned_again(show)
        os.kill(show.pid("experts"), signal.SIGKILL)
        assert show.news.wait_for(lambda: [n for n in show.news.of("/rejected") if "lead-gru" in n.args[0]], 10.0)
        show.hear_bars(2)
        since = len(show.news.news)
        show.hear_bars(2)
        assert {n.args[1] for n in show.news.of("/played", since) if n.args[0] == "lead"} == {"rules"}
        show.answers()
