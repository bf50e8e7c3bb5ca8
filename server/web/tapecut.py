"""Cutting a recording: `python -m server.web.tapecut FILE BARS` writes its last bars to standard output.

A process of its own: three hours are two seconds of work.
"""

import struct
import sys
from pathlib import Path
from typing import Final

from engines.units import TICKS_PER_BAR
from server.priority import ask
from server.recording import END_OF_TRACK, HEAD, META, NOTE_OFF, NOTE_ON, events, tracks, varint

LAST: Final = 19
"""Niceness: after everybody else."""


def cut(data: bytes, bars: int) -> bytes:
    """Return the last `bars` bars; the last one is that in which it ends. Notes held into them are left out.

    ValueError where it is no recording.
    """
    try:
        head, parts = data[:HEAD], list(tracks(data))
        end = max((sum(delta for delta, _ in events(track)) for track in parts), default=0)
        begin = max(0, -(-end // TICKS_PER_BAR) - bars) * TICKS_PER_BAR
        return head + b"".join(_chunk(cut_track(track, begin)) for track in parts)
    except (IndexError, struct.error) as error:
        raise ValueError("the recording is not whole") from error


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
        kept.append(varint(tick - last) + event)
        last = tick
    return b"".join(b"\0" + setting for setting in settings.values()) + b"".join(kept)


def _key(event: bytes) -> bytes:
    """Return channel and pitch of a note's event."""
    return bytes((event[0] & 0x0F, event[1]))


def _chunk(track: bytes) -> bytes:
    return b"MTrk" + struct.pack(">I", len(track)) + track


def main(path: str, bars: str) -> None:
    """Write the last bars of a file to standard output."""
    ask(LAST)
    sys.stdout.buffer.write(cut(Path(path).read_bytes(), int(bars)))


if __name__ == "__main__":
    main(*sys.argv[1:3])
