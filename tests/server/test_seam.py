import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.recording import EMPTY, events, meta, varint
from server.seam import HEAD_BYTES, Seam, head

NUMBERS = st.integers(0, 2**40)
SEAMS = st.builds(Seam, *[NUMBERS] * 5)
HEADS = st.lists(st.sampled_from([meta(0x03, b"lead"), meta(0x51, b"\x07\xff\xff"), EMPTY]), max_size=3)


@given(SEAMS, HEADS, st.integers(0, 128), st.binary(max_size=HEAD_BYTES))
def test_a_head_ends_with_its_seam_whatever_comes_after(seam, start, held, after):
    struck = [bytes((0x90, pitch, 90)) for pitch in range(held)]
    track = b"".join(varint(1919) + event for event in (*start, *struck)) + b"\0" + seam.event
    found, read = head((track + after)[:HEAD_BYTES])
    assert read == seam
    assert b"".join(varint(delta) + event for delta, event in found) == track


@given(HEADS, st.integers(0, 500))
def test_a_track_without_a_seam_has_no_head(start, notes):
    track = b"".join(b"\0" + event for event in start) + b"\0\x90\x3c\x50\x0a\x80\x3c\x40" * notes
    assert head(track[:HEAD_BYTES]) == ([], None)


@pytest.mark.parametrize("text", [b"{", b"7", b'["x",1,1,1,1]'])
def test_a_seam_that_is_none_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"JSON|Expected|truncated"):
        head(b"\0" + meta(0x7F, b"\x7d" + text))


@given(SEAMS)
def test_a_seam_is_one_event(seam):
    assert list(events(b"\0" + seam.event)) == [(0, seam.event)]
