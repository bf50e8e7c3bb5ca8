import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.surfaces.osc.schedule import due, ntp, seconds_ahead

NOW_S = 1_790_000_000.0
ROLL_OVER_S = 2**32 - 2_208_988_800.0
"""The Unix time at which NTP's seconds start at 0 again: 2036-02-07."""


@given(st.floats(-3600, 3600))
def test_a_tag_lies_where_it_was_put(ahead):
    assert seconds_ahead(ntp(NOW_S + ahead), NOW_S) == pytest.approx(ahead, abs=1e-6)


@given(st.floats(-9, 9), st.floats(-9, 9))
def test_the_roll_over_of_2036_is_no_jump(now, tag):
    wall = ROLL_OVER_S + now

    assert seconds_ahead(ntp(ROLL_OVER_S + tag), wall) == pytest.approx(tag - now, abs=1e-5)


@pytest.mark.parametrize("ahead", [0.001, 0.2, 9.9])
def test_the_near_future_waits(ahead):
    at, warning = due(ntp(NOW_S + ahead), 50.0, NOW_S)

    assert at == pytest.approx(50.0 + ahead, abs=1e-6)
    assert warning == ""


@pytest.mark.parametrize("ahead", [0.0, -0.09])
def test_a_tag_that_says_now_and_took_its_time_is_now(ahead):
    assert due(ntp(NOW_S + ahead), 50.0, NOW_S) == (None, "")


@pytest.mark.parametrize("tag", [0, 2**64 - 1, ntp(NOW_S + 10.1), ntp(NOW_S + 3600), ntp(NOW_S - 0.2), ntp(0.0)])
def test_past_and_far_future_are_now_with_a_warning(tag):
    at, warning = due(tag, 50.0, NOW_S)

    assert at is None
    assert "taken now" in warning


def test_no_tag_is_now():
    assert due(None, 50.0, NOW_S) == (None, "")
