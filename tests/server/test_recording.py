import io

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.recording import HEAD, events, number, tracks, varint


@given(st.integers(0, 2**28 - 1))
def test_a_number_is_read_as_it_was_written(value):
    data = varint(value)
    assert number(data + b"\x01", 0) == (value, len(data))
    assert data == bytes(mido.midifiles.meta.encode_variable_int(value))


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 15), st.integers(0, 127), st.integers(0, 127)), max_size=30)
)
def test_events_are_those_that_a_library_reads(notes):
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="lead"), mido.Message("program_change", program=3)])
    track += [mido.Message("note_on", time=t, channel=c, note=p, velocity=v) for t, c, p, v in notes]
    file = io.BytesIO()
    mido.MidiFile(tracks=[track]).save(file=file)
    (data,) = tracks(file.getvalue())
    read = [(delta, event) for delta, event in events(data) if event[0] & 0xF0 == 0x90]
    assert [(t, e[0] & 0x0F, e[1], e[2]) for t, e in read] == notes


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"MThd" + b"\0" * 10 + b"MTrk\0\0\0\x08ab", b"MThd" + b"\0" * 10 + b"XXXX\0\0\0\0"]
)
def test_what_is_no_whole_file_is_refused(data):
    if len(data) > HEAD or data[:4] != b"MThd":
        with pytest.raises(ValueError):  # noqa: PT011
            list(tracks(data))


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff\x00", b"\x00\x01\x02", b"\x00"])
def test_a_track_that_is_none_is_refused(data):
    with pytest.raises((ValueError, IndexError)):
        list(events(data))
