from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from server.surfaces.osc.hosts import is_loopback
from server.web.places import Places

HOME = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def test_one_stranger_has_a_quarter_and_all_of_them_three():
    places = Places(32)
    assert [places.take("10.0.0.1") for _ in range(9)] == [True] * 8 + [False]
    assert sum(places.take(f"10.0.1.{number}") for number in range(100)) == 16
    assert [places.take("127.0.0.1") for _ in range(9)] == [True] * 8 + [False]
    assert len(places) == 32


def test_where_there_is_one_place_a_stranger_may_have_it():
    assert Places(1).take("10.0.0.1")


@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.booleans(), st.sampled_from((*HOME, "10.0.0.1", "10.0.0.2", "fe80::1%eth0")))),
)
def test_who_was_let_in_is_counted_until_he_goes(most, story):
    places, here = Places(most), Counter()
    for comes, host in story:
        if comes:
            taken = places.take(host)
            here[host] += taken
            if is_loopback(host):
                assert taken or len(places) == most
        elif here[host]:
            places.leave(host)
            here[host] -= 1
        assert len(places) == here.total() <= most
        strangers = sum(count for each, count in here.items() if not is_loopback(each))
        assert strangers <= max(1, most - most // 4)
