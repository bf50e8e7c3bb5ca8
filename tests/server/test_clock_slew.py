import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock.slew import MAX_SLEW, slew
from server.timeline import Timeline

bpms = st.floats(20, 300)
ticks = st.floats(-1e6, 1e6)
times = st.floats(0, 1e5)


@given(st.tuples(bpms, ticks, times), st.tuples(bpms, ticks, times), times)
def test_never_jumps_and_never_rushes(line, wanted_line, now):
    timeline, wanted = Timeline(*line), Timeline(*wanted_line)
    after = slew(timeline, wanted, now)
    assert after.tick(now) == timeline.tick(now)
    assert abs(after.bpm / wanted.bpm - 1) <= MAX_SLEW + 1e-9


@given(bpms, bpms, st.floats(-5000, 5000))
def test_draws_near_until_both_agree(bpm, wanted_bpm, error):
    timeline, wanted = Timeline(bpm, error, 0.0), Timeline(wanted_bpm, 0.0, 0.0)
    eighth = 60 / wanted_bpm / 8
    for n in range(500):
        before = abs(wanted.tick(n * eighth) - timeline.tick(n * eighth))
        timeline = slew(timeline, wanted, n * eighth)
        assert abs(wanted.tick((n + 1) * eighth) - timeline.tick((n + 1) * eighth)) <= before + 1e-6
    assert timeline.bpm == pytest.approx(wanted_bpm)
