import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.limit import Limit


def limited(bars, on_end=lambda: None, begun=0):
    limit = Limit()
    limit.set(bars, on_end, begun=begun)
    return limit


def test_it_ends_once_the_last_bar_has_begun_and_the_music_rests():
    ends = []
    limit = limited(2, lambda: ends.append(1))
    limit.begin(0)
    for bar, spent in enumerate((False, False, True)):
        assert limit.spent is spent
        limit.rests()
        limit.count(bar)
    assert ends == [1]


def test_bars_played_before_a_restart_count():
    assert limited(2, begun=2).spent
    assert limited(3, begun=2).left(0) == 1


@pytest.mark.parametrize("limit", [Limit(), limited(None)])
def test_without_a_limit_it_never_ends(limit):
    for bar in range(1000):
        limit.count(bar)
    assert not limit.spent
    assert limit.left(1000) is None


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 500), st.lists(st.integers(1, 3), max_size=5))))
def test_what_is_left_is_what_will_be_counted(bars, runs):
    """Begun anywhere, as often as one likes, with bars that are slept through."""
    limit = limited(bars)
    for first, steps in runs:
        limit.begin(first)
        bar = first - 1
        for step in steps:
            ahead, bar = limit.left(bar + 1), bar + step
            limit.count(bar)
            if limit.spent:
                assert ahead <= step
                return
            assert limit.left(bar + 1) == ahead - step
