import io
import struct

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.recording import EMPTY, MOST_TICKS, OURS, SPECIFIC, events, meta, number, tracks, varint, wait

HEADER = b"MThd" + struct.pack(">IHHH", 6, 1, 1, 480)
PART = st.integers(0, 127)


@given(st.integers(0, 2**28 - 1))
def test_a_number_is_read_as_it_was_written(value):
    data = varint(value)
    assert number(data + b"\x01", 0) == (value, len(data))
    assert data == bytes(mido.midifiles.meta.encode_variable_int(value))


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 15), PART, PART), max_size=30))
def test_events_are_those_that_a_library_reads(notes):
    data = b"".join(varint(wait) + bytes((0x90 | channel, pitch, loud)) for wait, channel, pitch, loud in notes)
    data += b"\x00\xff\x2f\x00"
    file = HEADER + b"MTrk" + struct.pack(">I", len(data)) + data
    (track,) = tracks(file)
    assert track == data
    library = mido.MidiFile(file=io.BytesIO(file)).tracks[0]
    assert list(events(track)) == [(message.time, bytes(message.bytes())) for message in library]
    assert len(library) == len(notes) + 1


@given(st.integers(0, 4 * MOST_TICKS))
def test_a_wait_longer_than_a_number_passes_in_empty_events(ticks):
    found = list(events(wait(ticks) + meta(0x2F, b"")))
    assert sum(delta for delta, _ in found) == ticks
    assert found[-1][1] == b"\xff\x2f\x00"
    assert {event for _, event in found[:-1]} <= {EMPTY}
    assert meta(SPECIFIC, bytes((OURS,))) == EMPTY
    assert len(found) == 1 + ticks // MOST_TICKS


@pytest.mark.parametrize("data", [b"", b"RIFF", HEADER + b"MTrk\0\0\0\x08ab", HEADER + b"XXXX\0\0\0\0"])
def test_what_is_no_whole_file_is_refused(data):
    with pytest.raises(ValueError, match=r"no MIDI file|not whole"):
        list(tracks(data))


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff\x00", b"\x00\x01\x02", b"\x00"])
def test_a_track_that_is_none_is_refused(data):
    with pytest.raises((ValueError, IndexError)):
        list(events(data))
