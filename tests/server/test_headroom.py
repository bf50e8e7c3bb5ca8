from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.config import load
from server.config.model import Memory
from server.headroom import Headroom

BAND = load().band
CALM, STALL = 18.0, 118.0
REACTION_MS = 60.0


def after(*times, memory=BAND.headroom_memory):
    headroom = Headroom(replace(BAND, headroom_memory=memory))
    for ms in times:
        headroom.observe(ms)
    return headroom


def ms(headroom):
    return round(headroom.seconds * 1000.0, 6)


def bars_until_calm(headroom):
    """How many calm bars bring the headroom back below what a performer is promised."""
    for bar in range(1000):
        if ms(headroom) <= REACTION_MS:
            return bar
        headroom.observe(CALM)
    raise AssertionError("never")


def test_it_begins_with_the_start_value_and_then_follows_within_its_bounds():
    few = BAND.headroom_start_bars
    assert ms(after(*[15.0] * (few - 1))) == BAND.headroom_start_ms
    assert ms(after(*[15.0] * few)) == 15.0 + 2 * BAND.margin_ms
    assert ms(after(*[15.0] * few, 10_000.0)) == BAND.headroom_high_ms
    assert ms(after(*[0.0] * few)) == BAND.headroom_low_ms


def test_a_stall_is_covered_should_it_come_again_soon():
    assert ms(after(*[CALM] * 100, STALL)) >= STALL + BAND.margin_ms


def test_a_stall_that_stays_alone_is_forgotten_within_a_minute_also_at_the_beginning():
    bars_a_minute = 138 / 4
    assert bars_until_calm(after(*[CALM] * 400, STALL)) <= bars_a_minute
    assert bars_until_calm(after(CALM, STALL, *[CALM] * 10)) <= bars_a_minute


def test_stalls_that_come_back_are_remembered_longer():
    lone = bars_until_calm(after(*[CALM] * 400, STALL))
    two = bars_until_calm(after(*[CALM] * 400, STALL, *[CALM] * 20, STALL))
    five = bars_until_calm(after(*[CALM] * 400, *[STALL, CALM] * 5))
    assert lone < two < five <= 256


def test_the_memories_are_the_configuration():
    assert ms(after(*[CALM] * 20, STALL, *[CALM] * 3, memory=[Memory(1, 3)])) == CALM + 2 * BAND.margin_ms
    assert ms(after(*[CALM] * 20, memory=[])) == BAND.headroom_low_ms


def test_a_main_that_wakes_late_is_given_as_much_more_before_and_after_the_experts():
    headroom = Headroom(BAND)
    for _ in range(20):
        headroom.woke(6.0)
        headroom.observe(CALM)
    assert ms(headroom) == CALM + 6.0 + 2 * BAND.margin_ms
    assert round(headroom.margin_s * 1000.0, 6) == 6.0 + BAND.margin_ms


@given(st.lists(st.floats(0, 1e4), max_size=100), st.lists(st.floats(0, 1e4), max_size=100))
def test_law_the_experts_have_half_of_it_at_least(times, late):
    headroom = after(*times)
    for ms in late:
        headroom.woke(ms)
    assert headroom.margin_s <= headroom.seconds / 2


@given(st.lists(st.floats(0, 1e4), min_size=BAND.headroom_start_bars, max_size=400))
def test_law_it_is_within_its_bounds_and_no_shorter_than_any_of_its_memories(times):
    headroom = after(*times)
    assert BAND.headroom_low_ms <= ms(headroom) <= BAND.headroom_high_ms
    for memory in BAND.headroom_memory:
        recent = sorted(times[-memory.within :])
        if len(recent) >= memory.slow:
            assert ms(headroom) >= round(min(BAND.headroom_high_ms, recent[-memory.slow]), 6)
