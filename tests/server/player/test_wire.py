from hypothesis import given
from hypothesis import strategies as st

from server.player.wire import Wire, press, release, silence

note = st.builds(
    lambda on, channel, pitch: press(channel, pitch, 90) if on else release(channel, pitch),
    st.booleans(), st.integers(0, 1), st.integers(60, 62),
)  # fmt: skip


@given(st.lists(note))
def test_the_receiver_sees_every_press_followed_by_exactly_one_release(messages):
    wire, sounding = Wire((0, 1)), set()
    heard = [sent for message in messages for sent in wire.carry(message)]
    for data in (*heard, *wire.reset()):
        key = (data[0] & 0x0F, data[1])
        if data[0] & 0xF0 == 0x90:
            assert key not in sounding
            sounding.add(key)
        elif data[0] & 0xF0 == 0x80:
            sounding.remove(key)
    assert not sounding
    assert not wire.sounding


@given(st.lists(note))
def test_presses_are_never_lost(messages):
    wire = Wire((0,))
    heard = [sent for message in messages for sent in wire.carry(message)]
    assert [m for m in heard if m[0] & 0xF0 == 0x90] == [m for m in messages if m[0] & 0xF0 == 0x90]


def test_other_messages_pass():
    assert Wire(()).carry(b"\xf8") == (b"\xf8",)
    assert Wire((0,)).carry(b"\xb0\x07\x64") == (b"\xb0\x07\x64",)


def test_reset_releases_then_lifts_the_pedal_then_ends_all_notes():
    wire = Wire((3,))
    wire.carry(press(3, 60, 90))
    assert wire.reset() == [release(3, 60), b"\xb3\x40\x00", b"\xb3\x7b\x00"]
    assert silence((3,), sound_off=True)[-1] == b"\xb3\x78\x00"
    assert not wire.ended_by(release(3, 60))


def test_what_could_end_a_note():
    wire = Wire((0, 1))
    wire.carry(press(0, 60, 90))
    assert [wire.ended_by(data) for data in (release(0, 60), release(0, 61), b"\xb0\x7b\x00", b"\xb1\x7b\x00")] == [
        True, False, True, False,
    ]  # fmt: skip
