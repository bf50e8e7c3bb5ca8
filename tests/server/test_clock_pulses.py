import statistics

import pytest

from server.clock.pulses import Pulses
from tests.server.master import master


def follow(clock):
    """Feed a whole clock; yield (pulse number, its true time, best reading) from the first reading on."""
    pulses = Pulses()
    for arrival, n in clock.sent:
        pulses.feed(arrival)
        if pulses.best:
            yield n, clock.times[n], pulses.best


def errors(clock, first_beat):
    """Phase errors (ms) at true pulse times and tempo errors (bpm) from `first_beat` on."""
    found = [(n, t, b) for n, t, b in follow(clock) if n >= 24 * first_beat]
    phases = [1e3 * (b.time + (n - b.number) * b.period - t) for n, t, b in found]
    return phases, [2.5 / b.period - clock.bpm_of(n / 24) for n, _, b in found]


@pytest.mark.parametrize("lost,doubled", [(0.0, 0.0), (0.1, 0.05)])
@pytest.mark.parametrize("bpm", [60, 120, 180])
@pytest.mark.parametrize("seed", [1])
def test_two_milliseconds_of_jitter_leave_a_steady_tempo(bpm, lost, doubled, seed):
    phases, wobble = errors(master(lambda _: bpm, 40, 0.002, lost, doubled, seed=seed), first_beat=8)
    figures = f"phase max {max(map(abs, phases)):.2f} ms, bpm sd {statistics.pstdev(wobble):.3f}"
    assert max(map(abs, phases)) <= 2.0, figures
    assert statistics.pstdev(wobble) <= 0.1, figures


@pytest.mark.parametrize("seed", range(4))
def test_five_milliseconds_of_jitter_lose_no_pulse(seed):
    phases, wobble = errors(master(lambda _: 120, 40, 0.005, seed=seed), first_beat=8)
    figures = f"phase max {max(map(abs, phases)):.2f} ms, bpm sd {statistics.pstdev(wobble):.3f}"
    assert max(map(abs, phases)) <= 5.0, figures
    assert statistics.pstdev(wobble) <= 0.2, figures


@pytest.mark.parametrize("bpm", [20, 47.3, 120, 174, 300])
def test_a_clean_clock_is_read_exactly(bpm):
    phases, wobble = errors(master(lambda _: bpm, 16), first_beat=8)
    assert max(map(abs, phases)) < 0.01
    assert max(map(abs, wobble)) < 0.01


@pytest.mark.parametrize("lost,doubled", [(0.0, 0.0), (0.1, 0.05)])
@pytest.mark.parametrize("before,after", [(120, 140), (120, 90), (120, 60), (60, 120), (174, 100), (60, 180)])
def test_a_step_of_the_tempo_costs_no_pulse_and_locks_within_a_bar(before, after, lost, doubled):
    clock = master(lambda beat: before if beat < 16 else after, 26, 0.001, lost, doubled)
    phases, wobble = errors(clock, first_beat=16 + 4)
    figures = f"phase max {max(map(abs, phases)):.2f} ms, bpm error max {max(map(abs, wobble)):.2f}"
    assert max(map(abs, phases)) <= 2.0, figures
    assert max(map(abs, wobble)) <= 0.5, figures


def test_a_single_late_pulse_is_no_new_tempo():
    clock = master(lambda _: 120, 32, 0.0002)
    late = [(t + (0.009 if n == 500 else 0), n) for t, n in clock.sent]
    clock.sent = late
    phases, wobble = errors(clock, first_beat=8)
    assert max(map(abs, phases)) <= 2.0
    assert max(map(abs, wobble)) <= 1.0
