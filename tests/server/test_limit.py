from server.limit import Limit


def test_it_ends_once_the_last_bar_has_begun_and_the_music_rests():
    ends = []
    limit = Limit(2, lambda: ends.append(1))
    for spent in (False, False, True):
        assert limit.spent is spent
        limit.rests()
        limit.count()
    assert ends == [1]


def test_bars_played_before_a_restart_count():
    assert Limit(2, sounded=2).spent


def test_without_a_limit_it_never_ends():
    limit = Limit(None)
    for _ in range(1000):
        limit.count()
    assert not limit.spent
