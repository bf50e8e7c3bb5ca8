from server.surfaces.osc.limits import Limiter


def test_so_many_per_window_and_then_no_more():
    limiter = Limiter(3)

    assert [limiter.take("a", 0.1 * n) for n in range(5)] == [2, 1, 0, -1, -2]
    assert limiter.take("b", 0.5) == 2


def test_a_new_window_begins_with_the_first_after_the_old():
    limiter = Limiter(1, window_s=60.0)
    limiter.take("a", 10.0)

    assert limiter.take("a", 69.9) == -1
    assert limiter.take("a", 70.0) == 0


def test_spent_tells_without_taking():
    limiter = Limiter(1)

    assert not limiter.spent("a", 0.0)
    assert limiter.take("a", 0.0) == 0
    assert limiter.spent("a", 0.5)
    assert not limiter.spent("a", 1.0)


def test_memory_is_bounded_and_the_latest_are_remembered():
    limiter = Limiter(1, keys=4)
    for key in range(1000):
        limiter.take(key, 0.0)

    assert len(limiter._windows) == 4
    assert limiter.take(999, 0.0) == -1
    assert limiter.take(0, 0.0) == 0
