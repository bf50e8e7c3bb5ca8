"""The bytes of our recordings: Standard MIDI Files 1.0 without running status, read event by event.

Three hours are a million events, of which a library's objects take half a minute and 400 MB.
"""

import struct
from collections.abc import Iterator
from typing import Final

HEAD: Final = 14
"""Bytes before the first track."""
NOTE_OFF, NOTE_ON, META = 0x80, 0x90, 0xFF
TRACK_NAME, MARKER, END_OF_TRACK, TEMPO, METRE, SPECIFIC = 0x03, 0x06, 0x2F, 0x51, 0x58, 0x7F
"""Kinds of meta events."""
FOUR_FOUR: Final = bytes((4, 2, 24, 8))
"""Numerator, power of two of the denominator, MIDI clocks a metronome's click, 32nds a quarter note."""
MOST_DIGITS: Final = 4
"""Bytes of a variable-length number."""
MOST_TICKS: Final = (1 << 7 * MOST_DIGITS) - 1
"""Between two events: two days and more."""
OURS: Final = 0x7D
"""The maker's number in an event of its own: nobody's, who sells nothing."""
NOT_WHOLE: Final = (ValueError, IndexError, struct.error)
"""What reading a file that is no whole recording raises."""
Event = tuple[int, bytes]
"""Ticks since the event before, and the event without them."""


def tracks(data: bytes) -> Iterator[bytes]:
    """Return the tracks of a file, without their heads; ValueError where it is no whole file."""
    if data[:4] != b"MThd":
        raise ValueError("no MIDI file")
    place = HEAD
    while place < len(data):
        name, length = struct.unpack_from(">4sI", data, place)
        if name != b"MTrk" or place + 8 + length > len(data):
            raise ValueError("a track is not whole")
        yield data[place + 8 : place + 8 + length]
        place += 8 + length


def events(track: bytes) -> Iterator[Event]:
    """Return the events of a track."""
    place = 0
    while place < len(track):
        delta, place = number(track, place)
        kind = track[place]
        if kind == META:
            length, after = number(track, place + 2)
            after += length
        elif NOTE_OFF <= kind < 0xF0:
            after = place + (2 if 0xC0 <= kind < 0xE0 else 3)
        else:
            raise ValueError(f"event {kind:#x} is none of our recorder's")
        yield delta, track[place:after]
        place = after


def sounds(data: bytes) -> bool:
    """Whether a file has a note, or something else that may be worth keeping."""
    try:
        return any(event[0] & 0xF0 == NOTE_ON for track in tracks(data) for _, event in events(track))
    except NOT_WHOLE:
        return bool(data)


def number(data: bytes, place: int) -> tuple[int, int]:
    """Read a variable-length number; return it and the place after it."""
    found = 0
    for at in range(place, place + MOST_DIGITS):
        found = found << 7 | data[at] & 0x7F
        if data[at] < 0x80:
            return found, at + 1
    raise ValueError("a number has no end")


def meta(kind: int, data: bytes) -> bytes:
    """Return a meta event."""
    return bytes((META, kind)) + varint(len(data)) + data


def tempo(bpm: float) -> bytes:
    """Return the event that sets a tempo."""
    return meta(TEMPO, round(60e6 / bpm).to_bytes(3))


EMPTY: Final = b"\xff\x7f\x01\x7d"
"""`meta(SPECIFIC, bytes((OURS,)))`: an event that no program shows."""


def wait(ticks: int) -> bytes:
    """Return the ticks before an event; more than a number can hold pass in empty events."""
    full, rest = divmod(ticks, MOST_TICKS)
    return (varint(MOST_TICKS) + EMPTY) * full + varint(rest)


def varint(value: int) -> bytes:
    """Return a variable-length number."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
