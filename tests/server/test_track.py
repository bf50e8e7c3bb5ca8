import pytest

from server.recording import events
from server.seam import Seam, head
from server.track import END, Track, reopened


def held():
    track = Track(3, b"\xff\x03\x03pad")
    track.press(100, 48, 70)
    track.press(200, 52, 80)
    return track


def test_a_track_is_closed_where_it_ends_and_goes_on_as_if_it_had_not_been():
    track = held()
    before = bytes(track.data)
    *_, tail = track.chunk(500)
    assert list(events(bytes(tail))) == [(300, b"\x83\x30\x40"), (0, b"\x83\x34\x40"), (0, END)]
    assert (bytes(track.data), track.end) == (before, 200)


def test_only_what_sounds_is_released():
    track = held()
    track.release(300, 52)
    after = bytes(track.data)
    track.release(400, 52)
    track.release(400, 60)
    assert (bytes(track.data), track.sounding) == (after, {48: 70})


@pytest.mark.parametrize(("line", "at", "wait"), [(0, 200, 0), (192, 8, 0), (200, 0, 0), (480, 0, 280)])
def test_the_next_part_strikes_what_sounds_again_and_says_how_it_goes_on(line, at, wait):
    track = held()
    after = track.following(line, 500, Seam(first=4, part=2, begin=960))
    found, seam = head(bytes(after.data))
    assert seam == Seam(4, 2, 960, wait, len(track.tail(500)))
    assert found[:-1] == [(at, b"\x93\x30\x46"), (0, b"\x93\x34\x50")]
    assert (after.end, after.sounding, after.channel) == (at, track.sounding, 3)


def test_what_was_closed_is_taken_up_without_its_end():
    track = held()
    seam = Seam(1, 2, 1920, 0, 4)
    track = track.following(0, 500, seam)
    _, data, tail = track.chunk(500)
    again, found = reopened(3, bytes(data + tail))
    assert bytes(again.data) + b"\0" + END == bytes(data) + tail
    assert (again.end, again.sounding, found.part) == (500, {}, 2)


@pytest.mark.parametrize("data", [b"", b"\0\x90\x3c\x50"])
def test_a_track_that_does_not_end_is_none(data):
    with pytest.raises(ValueError, match="no end"):
        reopened(0, data)
