from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.surfaces.osc.news import Coalescer


def test_news_within_the_interval_wait_and_the_newest_wins():
    coalescer = Coalescer(0.5)

    assert coalescer.offer("/a", b"1", 0.0)
    assert not coalescer.offer("/a", b"2", 0.1)
    assert not coalescer.offer("/a", b"3", 0.2)
    assert coalescer.offer("/b", b"1", 0.2)
    assert coalescer.next_due() == 0.5
    assert coalescer.take_due(0.4) == []
    assert coalescer.take_due(0.5) == [("/a", b"3")]
    assert coalescer.next_due() is None
    assert not coalescer.offer("/a", b"4", 0.9)
    assert coalescer.offer("/b", b"2", 0.9)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), max_size=60))
def test_never_too_often_and_the_last_always_arrives(news):
    coalescer, now, sent = Coalescer(0.5), 0.0, []
    for serial, (address, hundredths) in enumerate(news):
        now += hundredths / 100
        sent += [(now, a, p) for a, p in coalescer.take_due(now)]
        if coalescer.offer(address, bytes([serial]), now):
            sent.append((now, address, bytes([serial])))
    while (due := coalescer.next_due()) is not None:
        sent += [(due, a, p) for a, p in coalescer.take_due(due)]

    for address in "abc":
        times = [t for t, a, _ in sent if a == address]
        said = [s for s, (a, _) in enumerate(news) if a == address]
        assert all(later - sooner >= 0.5 - 1e-9 for sooner, later in pairwise(times))
        assert [p[0] for _, a, p in sent if a == address][-1:] == said[-1:]
