"""Cutting a recording: `python -m server.web.tapecut FILE BARS` writes its last bars to standard output.

Reads what our recorder writes: Standard MIDI Files 1.0 without running status. Event by event in bytes: three hours
are a million events, of which a library's objects take half a minute and 400 MB.
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engines.units import TICKS_PER_BAR
from server.priority import ask

LAST: Final = 19
"""Niceness: after everybody else."""
NOTE_OFF, NOTE_ON, META = 0x80, 0x90, 0xFF
END_OF_TRACK: Final = 0x2F
MOST_DIGITS: Final = 4
"""Bytes of a variable-length number."""
Event = tuple[int, bytes]
"""Ticks since the event before, and the event without them."""


def cut(data: bytes, bars: int) -> bytes:
    """Return the last `bars` bars; the last one is that in which it ends. Notes held into them are left out.

    ValueError where it is no recording.
    """
    try:
        head, tracks = data[:14], list(_chunks(data))
        end = max((sum(delta for delta, _ in events(track)) for track in tracks), default=0)
        begin = max(0, -(-end // TICKS_PER_BAR) - bars) * TICKS_PER_BAR
        return head + b"".join(_chunk(cut_track(track, begin)) for track in tracks)
    except (IndexError, struct.error) as error:
        raise ValueError("the recording is not whole") from error


def events(track: bytes) -> Iterator[Event]:
    """Return the events of a track."""
    place = 0
    while place < len(track):
        delta, place = _number(track, place)
        kind = track[place]
        if kind == META:
            length, after = _number(track, place + 2)
            after += length
        elif NOTE_OFF <= kind < 0xF0:
            after = place + (2 if 0xC0 <= kind < 0xE0 else 3)
        else:
            raise ValueError(f"event {kind:#x} is none of our recorder's")
        yield delta, track[place:after]
        place = after


def cut_track(track: bytes, begin: int) -> bytes:
    """Return what happens from `begin` on; what was set before (tempo, name, metre) stands at the beginning."""
    settings: dict[int, bytes] = {}
    held: set[bytes] = set()
    kept: list[bytes] = []
    tick, last = 0, begin
    for delta, event in events(track):
        tick += delta
        kind = event[0] & 0xF0 if event[0] < 0xF0 else META
        is_press = kind == NOTE_ON and event[2] > 0
        if tick < begin:
            if is_press:
                held.add(_key(event))
            elif kind in (NOTE_ON, NOTE_OFF):
                held.discard(_key(event))
            elif kind == META and event[1] != END_OF_TRACK:
                settings[event[1]] = event
            continue
        if kind in (NOTE_ON, NOTE_OFF) and not is_press and _key(event) in held:
            held.discard(_key(event))
            continue
        kept.append(_varint(tick - last) + event)
        last = tick
    return b"".join(b"\0" + setting for setting in settings.values()) + b"".join(kept)


def _key(event: bytes) -> bytes:
    """Return channel and pitch of a note's event."""
    return bytes((event[0] & 0x0F, event[1]))


def _chunks(data: bytes) -> Iterator[bytes]:
    """Return the tracks of a file, without their heads."""
    if data[:4] != b"MThd":
        raise ValueError("no MIDI file")
    place = 14
    while place < len(data):
        name, length = struct.unpack_from(">4sI", data, place)
        if name != b"MTrk" or place + 8 + length > len(data):
            raise ValueError("a track is not whole")
        yield data[place + 8 : place + 8 + length]
        place += 8 + length


def _chunk(track: bytes) -> bytes:
    return b"MTrk" + struct.pack(">I", len(track)) + track


def _number(data: bytes, place: int) -> tuple[int, int]:
    """Read a variable-length number; return it and the place after it."""
    number = 0
    for place_ in range(place, place + MOST_DIGITS):
        number = number << 7 | data[place_] & 0x7F
        if data[place_] < 0x80:
            return number, place_ + 1
    raise ValueError("a number has no end")


def _varint(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def main(path: str, bars: str) -> None:
    """Write the last bars of a file to standard output."""
    ask(LAST)
    sys.stdout.buffer.write(cut(Path(path).read_bytes(), int(bars)))


if __name__ == "__main__":
    main(*sys.argv[1:3])
