from hypothesis import given
from hypothesis import strategies as st

from server.web.bucket import Bucket


@given(st.floats(1, 500), st.integers(1, 500), st.lists(st.floats(0, 2), min_size=1, max_size=300))
def test_never_more_than_the_burst_and_what_time_has_given(rate, burst, pauses):
    time = 0.0
    bucket = Bucket(rate, burst, lambda: time)
    taken = 0
    for pause in pauses:
        time += pause
        taken += bucket.take()
        assert taken <= burst + time * rate + 1e-6


@given(st.floats(1, 500))
def test_who_keeps_to_the_rate_always_gets_one(rate):
    time = 0.0
    bucket = Bucket(rate, 1, lambda: time)
    for step in range(50):
        time = step / rate * 1.000001
        assert bucket.take()
