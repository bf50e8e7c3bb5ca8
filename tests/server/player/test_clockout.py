from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.player.clockout import CONTINUE, PULSE, PULSE_TICKS, START, STOP, ClockOut, song_position


@given(st.floats(0, 1000), st.lists(st.floats(0.1, 400), min_size=1, max_size=30))
def test_pulses_stand_on_the_grid_none_missing_none_double(begin, steps):
    clock, now, pulses = ClockOut(), begin, []
    clock.anchor(begin)
    for step in steps:
        now += step
        pulses += clock.take(now)
    ticks = [tick for tick, _ in pulses]
    assert all(tick % PULSE_TICKS == 0 for tick in ticks)
    assert all(b - a == PULSE_TICKS for a, b in pairwise(ticks))
    assert all(begin <= tick <= now for tick in ticks)
    assert clock.next_tick() > now


def test_start_stands_between_the_last_pulse_and_the_downbeat():
    clock = ClockOut()
    clock.anchor(1880)
    clock.start(1920, 1885, fresh=True)
    assert clock.take(1945) == [(1900, PULSE), (1910, START), (1920, PULSE), (1940, PULSE)]


def test_continue_tells_the_song_position_first():
    clock = ClockOut()
    clock.start(1920, 1890, fresh=False)
    kinds = [data for _, data in clock.take(1920)]
    assert kinds == [PULSE, song_position(1920), CONTINUE, PULSE]
    assert song_position(1920) == bytes((0xF2, 16, 0))
    assert song_position(120 * 0x4001) == bytes((0xF2, 1, 0))


def test_a_second_start_stops_first_and_pulses_go_on_while_stopped():
    clock = ClockOut()
    clock.start(0, -15, fresh=True)
    clock.take(100)
    clock.start(960, 110, fresh=False)
    assert [data for _, data in clock.take(960)].count(STOP) == 1
    clock.stop(965)
    assert clock.take(990) == [(965, STOP), (980, PULSE)]
    clock.stop(991)
    assert clock.take(1000) == [(1000, PULSE)]


def test_missed_pulses_are_skipped_not_rushed():
    clock = ClockOut()
    clock.anchor(0)
    assert clock.take(100_000) == [(100_000, PULSE)]
