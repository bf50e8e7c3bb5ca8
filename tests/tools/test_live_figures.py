import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.jack_ruler import Heard
from tools.live_figures import Probe, decided_from, honoured_from, silent_bars, unbalanced


def probes(limit, distances):
    return [Probe("chord", "Am", float(ms), ms >= limit) for ms in distances]


def heard(*messages):
    return [Heard(int(time * 48_000), time, "lead", bytes(data)) for time, data in messages]


@pytest.mark.parametrize(
    ("probe", "plan", "honoured"),
    [
        (Probe("chord", "Dm", 50.0), (7, "drop", 0.5, "Dm"), True),
        (Probe("chord", "Dm", 50.0), (7, "drop", 0.5, "Am|Dm"), False),
        (Probe("section", "build", 50.0), (7, "build", 0.5, "Dm"), True),
        (Probe("section", "build", 50.0), (7, "drop", 0.5, "Dm"), False),
        (Probe("tension", 0.625, 50.0), (7, "drop", 0.6249999, "Dm"), True),
        (Probe("tension", 0.625, 50.0), (7, "drop", 0.5, "Dm"), False),
    ],
)
def test_a_probe_is_judged_by_the_plan_of_its_bar(probe, plan, honoured):
    assert probe.judged(plan).honoured is honoured


@given(st.integers(10, 90))
def test_a_clean_limit_is_found(limit):
    found = probes(limit, range(100))
    assert honoured_from(found) == limit
    assert decided_from(found) == limit


def test_a_wish_forgotten_far_from_the_line_moves_the_sure_distance_behind_it():
    found = probes(20, range(100))
    found[80] = Probe("chord", "Am", 80.0)
    assert honoured_from(found) > 80
    assert decided_from(found) == 20


def test_nothing_honoured_is_no_distance():
    assert math.isnan(honoured_from(probes(1000, range(10))))
    assert math.isnan(decided_from([]))


def test_silence_is_counted_by_the_bar():
    lines = [0.0, 1.0, 2.0, 3.0]
    assert silent_bars(heard((0.1, [0x90, 60, 100]), (2.999, [0x90, 60, 100])), lines) == 2
    assert silent_bars(heard((0.1, [0x80, 60, 64]), (1.0, [0xB0, 123, 0])), lines) == 3
    assert silent_bars(heard(*((line, [0x90, 60, 100]) for line in lines)), lines) == 0


def test_presses_without_release_are_counted():
    on, off = [0x90, 60, 100], [0x80, 60, 64]
    assert unbalanced(heard((0.0, on), (0.5, off), (1.0, on), (1.5, off))) == (0, 0)
    assert unbalanced(heard((0.0, on), (0.5, on), (1.0, off))) == (1, 0)
    assert unbalanced(heard((0.0, on))) == (0, 1)
    assert unbalanced(heard((0.0, on), (0.1, [0x91, 60, 90]), (0.2, off))) == (0, 1)
