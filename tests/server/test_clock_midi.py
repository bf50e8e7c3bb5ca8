import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.clock.midi import COAST_S, MidiClockFollower
from server.clock.pulses import LOST_S
from server.clock.slew import MAX_SLEW
from server.player.messages import Retime, Start, Stop
from server.timeline import Timeline
from tests.server.master import CLOCK, CONTINUE, START, STOP, master

OWN = Timeline(138.0, 0.0, 0.0)


def feed_all(follower, clock, before=24 * 4, armed=START):
    """Clock runs while stopped; start `before` pulses in. Yields (time, pulse, actions)."""
    done = before == 0
    for arrival, n in clock.sent:
        if n >= before and not done:
            done = True
            assert follower.feed(arrival - 1e-4, armed) == ()
        yield arrival, n, follower.feed(arrival, CLOCK)


def errors(clock, first_beat, follower=None, before=24 * 4):
    """Phase errors (ms) of the timeline at every pulse, and tempo errors (bpm), from `first_beat` of the music on."""
    follower = follower or MidiClockFollower(OWN)
    phases, tempos = [], []
    for _, n, _ in feed_all(follower, clock, before):
        if n >= before + 24 * first_beat:
            phases.append(1e3 * (follower.timeline.time(20 * (n - before)) - clock.times[n]))
            tempos.append(follower.timeline.bpm - clock.bpm_of(n / 24))
    return phases, tempos


@pytest.mark.parametrize("lost,doubled", [(0.0, 0.0), (0.1, 0.05)])
@pytest.mark.parametrize("bpm", [60, 120, 174])
@pytest.mark.parametrize("jitter", [0.0, 0.002])
def test_phase_within_two_milliseconds_after_two_bars_and_a_calm_tempo(bpm, jitter, lost, doubled):
    phases, tempos = errors(master(lambda _: bpm, 40, jitter, lost, doubled, seed=3), first_beat=8)
    figures = f"phase max {max(map(abs, phases)):.2f} ms, bpm sd {statistics.pstdev(tempos):.3f}"
    assert max(map(abs, phases)) <= 2.0, figures
    assert statistics.pstdev(tempos) <= 0.1, figures


def test_follows_a_ramp():
    clock = master(lambda beat: 60 + min(120, max(0, (beat - 12) * 120 / 32)), 68, 0.002, 0.1, 0.05)
    phases, _ = errors(clock, first_beat=4)
    assert max(map(abs, phases)) <= 25.0, f"phase max {max(map(abs, phases)):.2f} ms in the ramp"
    settled = phases[-16 * 24 :]
    assert max(map(abs, settled)) <= 2.0, f"phase max {max(map(abs, settled)):.2f} ms after the ramp"


@pytest.mark.parametrize("after", [100, 140, 174])
def test_locks_again_within_a_bar_of_a_new_tempo(after):
    clock = master(lambda beat: 120 if beat < 16 else after, 28, 0.002)
    phases, _ = errors(clock, first_beat=16)  # the music began at beat 4: one bar later
    assert max(map(abs, phases)) <= 4.0, f"phase max {max(map(abs, phases)):.2f} ms"


@settings(max_examples=12)
@given(
    st.lists(st.floats(40, 240), min_size=1, max_size=4),
    st.floats(0, 0.005),
    st.floats(0, 0.2),
    st.floats(0, 0.1),
    st.integers(0, 1000),
)
def test_never_jumps_never_rushes_whatever_the_clock_does(tempos, jitter, lost, doubled, seed):
    """Between two starts the timelines join, and none is more than the slew faster than what was read."""
    clock = master(lambda beat: tempos[int(beat / 6) % len(tempos)], 24, jitter, lost, doubled, seed=seed)
    follower = MidiClockFollower(OWN)
    now = OWN
    for time, _, actions in feed_all(follower, clock, before=24):
        for action in actions:
            if isinstance(action, Retime):
                assert action.timeline.tick(time) == pytest.approx(now.tick(time), abs=1e-6)
                assert action.timeline.bpm <= follower.bpm * (1 + MAX_SLEW) + 1e-6
            now = action.timeline
        assert follower.timeline == now


def test_start_lets_tick_0_sound_on_the_next_pulse():
    clock = master(lambda _: 120, 8)
    follower = MidiClockFollower(OWN)
    starts = [(n, a) for _, n, acts in feed_all(follower, clock) for a in acts if isinstance(a, Start)]
    ((n, start),) = starts
    assert n == 96
    assert start == Start(0, start.timeline, fresh=True)
    assert start.timeline.time(0) == pytest.approx(clock.times[96], abs=1e-4)
    assert start.timeline.bpm == pytest.approx(120, abs=0.05)
    assert follower.running


def test_start_from_silence_takes_the_last_tempo_until_the_clock_is_known():
    clock = master(lambda _: 100, 16)
    follower = MidiClockFollower(OWN)
    actions = [a for _, _, acts in feed_all(follower, clock, before=0) for a in acts]
    assert not actions or isinstance(actions[0], Retime)
    follower = MidiClockFollower(OWN)
    follower.feed(4.9, START)
    assert follower.feed(5.0, CLOCK) == (Start(0, Timeline(138.0, 0, 5.0)),)
    phases, _ = errors(master(lambda _: 100, 24), 8, follower=_started_anew(follower), before=0)
    assert max(map(abs, phases)) <= 2.0


def _started_anew(follower):
    fresh = MidiClockFollower(follower.timeline)
    fresh.feed(4.99, START)
    return fresh


def test_stop_and_continue_go_on_with_the_pulse_after_the_last():
    clock = master(lambda _: 120, 24)
    follower = MidiClockFollower(OWN)
    heard = []
    for time, n in clock.sent:
        if n == 24:
            follower.feed(time - 1e-3, START)
        if n == 24 + 50:
            heard += follower.feed(time - 1e-3, STOP)
        if n == 200:
            follower.feed(time - 1e-3, CONTINUE)
        heard += [a for a in follower.feed(time, CLOCK) if not isinstance(a, Retime)]
    assert [type(a) for a in heard] == [Start, Stop, Start]
    assert heard[2].tick == 50 * 20
    assert not heard[2].fresh
    assert heard[2].timeline.time(1000) == pytest.approx(clock.times[200], abs=1e-3)


@given(st.integers(0, 2**14 - 1))
def test_song_position_counts_sixteenths_and_holds_only_while_stopped(position):
    follower = MidiClockFollower(OWN)
    told = bytes([0xF2, position & 127, position >> 7])
    follower.feed(1.0, told)
    follower.feed(1.0, CONTINUE)
    (start,) = follower.feed(1.01, CLOCK)
    assert (start.tick, start.fresh) == (position * 120, False)
    follower.feed(1.02, b"\xf2\x01\x00")  # while running: ignored
    follower.feed(1.02, STOP)
    follower.feed(1.03, CONTINUE)
    (again,) = follower.feed(1.04, CLOCK)
    assert again.tick == position * 120 + 20


def test_a_clock_that_drops_out_leaves_the_tempo_and_comes_back_without_a_jump():
    clock = master(lambda _: 120, 64, 0.001)
    follower = MidiClockFollower(OWN)
    states, phases = [], []
    polls = 0
    for time, n in clock.sent:
        if n == 24:
            follower.feed(time - 1e-3, START)
        if 24 * 24 <= n < 24 * 40:  # 8 s of silence, polled like a server would
            before = follower.timeline
            for action in follower.poll(time):
                polls += 1
                assert action.timeline.tick(time) == pytest.approx(before.tick(time), abs=1e-6)
                assert action.timeline.bpm == pytest.approx(120, abs=0.1)
            states.append(follower.state)
            continue
        before = follower.timeline
        for action in follower.feed(time, CLOCK):
            if isinstance(action, Retime):
                assert action.timeline.tick(time) == pytest.approx(before.tick(time), abs=1e-6)
        if n > 24 * 12:
            phases.append(1e3 * (follower.timeline.time(20 * (n - 24)) - clock.times[n]))
    assert states[0] == "locked"
    assert states[-1] == "lost"
    assert polls == 2
    assert follower.state == "locked"
    assert max(map(abs, phases[-24 * 16 :])) <= 3.0, f"phase max {max(map(abs, phases)):.2f} ms"


def test_a_lost_clock_is_reported_after_two_seconds_not_before():
    follower = MidiClockFollower(OWN)
    assert follower.state == "waiting"
    assert follower.poll(100.0) == ()
    clock = master(lambda _: 120, 4)
    for time, _ in clock.sent:
        follower.feed(time, CLOCK)
    last = clock.sent[-1][0]
    assert follower.poll(last + COAST_S / 2) == ()
    follower.poll(last + LOST_S - 0.01)
    assert follower.state == "locked"
    follower.poll(last + LOST_S + 0.01)
    assert follower.state == "lost"


@given(st.lists(st.tuples(st.floats(0, 0.1), st.binary(max_size=4)), max_size=60))
def test_any_bytes_at_any_time_do_no_harm(messages):
    follower, time = MidiClockFollower(OWN), 0.0
    for gap, data in messages:
        time += gap
        follower.feed(time, data)
        follower.poll(time)
    assert 10 < follower.timeline.bpm < 2000
