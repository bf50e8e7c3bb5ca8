from hypothesis import given
from hypothesis import strategies as st

from server.headroom import FEW_BARS, Headroom
from tests.server.stagehand import Lineup


def test_it_follows_the_measured_times_within_its_bounds():
    headroom = Headroom(Lineup())
    for _ in range(FEW_BARS):
        headroom.observe(15.0)
    assert headroom.seconds == (15.0 + 2 * 10.0) / 1000.0
    headroom.observe(10_000.0)
    assert headroom.seconds == 0.4


@given(st.lists(st.floats(0, 1e4), min_size=FEW_BARS))
def test_law_it_is_never_outside_its_bounds(times):
    headroom = Headroom(Lineup())
    for ms in times:
        headroom.observe(ms)
    assert 0.020 <= headroom.seconds <= 0.400
