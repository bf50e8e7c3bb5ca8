from hypothesis import given
from hypothesis import strategies as st

from server.drivers.port import REPEAT_S, Port
from server.player.wire import press, release

messages = st.lists(
    st.tuples(
        st.floats(0, 10),
        st.builds(
            lambda on, pitch: press(0, pitch, 9) if on else release(0, pitch), st.booleans(), st.integers(60, 62)
        ),
    )
)


@given(messages, st.floats(0, 10))
def test_messages_come_in_order_and_not_before_their_time(items, until):
    port = Port((0,))
    for time, data in items:
        port.put(time, data)
    taken = port.take(until)
    assert [time for time, _ in taken] == sorted(time for time, _ in taken)
    assert all(time < until for time, _ in taken)
    assert all(time >= until for time, _ in port.waiting)


@given(messages, st.floats(0, 10))
def test_hurry_drops_the_presses_that_wait_and_leaves_nothing_hanging(items, until):
    port = Port((0,))
    for time, data in items:
        port.put(time, data)
    port.take(until)
    port.hurry()
    for note in list(port.wire.sounding):
        port.put(0.0, release(*note))
    assert all(data[0] & 0xF0 == 0x80 for _, data in port.take(1e-9))
    assert not port.waiting
    assert not port.wire.sounding


def test_hurry_leaves_a_clock_even():
    port = Port(())
    port.put(1.0, b"\xf8")
    port.hurry()
    assert not port.take(1.0)
    assert port.take(1.1) == [(1.0, b"\xf8")]


def test_reset_forgets_what_waits_and_releases_what_sounds():
    port = Port((0,))
    port.put(1.0, press(0, 60, 9))
    port.put(5.0, press(0, 61, 9))
    port.take(2.0)
    port.reset()
    assert [data for _, data in port.take(9.0)] == [release(0, 60), b"\xb0\x40\x00", b"\xb0\x7b\x00"]


def test_repeat_sends_fresh_releases_again_unless_the_note_sounds_anew():
    port = Port((0,))
    for time, data in ((1.0, press(0, 60, 9)), (1.0, press(0, 61, 9)), (2.0, release(0, 60)), (2.0, release(0, 61))):
        port.put(time, data)
    port.take(2.1)
    port.put(2.1, press(0, 61, 9))
    port.take(2.11)
    port.repeat(2.1 + REPEAT_S / 2)
    assert [data for _, data in port.take(2.12)] == [release(0, 60)]
    port.repeat(9.0)
    assert port.take(9.0) == []


def test_a_reset_that_may_be_lost_is_repeated_while_nothing_sounds():
    port = Port((0,))
    port.reset()
    reset = [data for _, data in port.take(1.0)]
    port.repeat(1.01)
    assert [data for _, data in port.take(1.02)] == reset
    port.put(1.02, press(0, 61, 9))
    port.take(1.03)
    port.repeat(1.04)
    assert port.take(1.05) == []
