"""Cutting a recording: its last bars. Only what stands before them is read event by event."""

import struct
from typing import Final

from engines.units import TICKS_PER_BAR
from server.recording import HEAD, META, METRE, NOTE_OFF, NOTE_ON, TEMPO, TRACK_NAME, events, tracks, varint

SETTINGS: Final = frozenset((TRACK_NAME, TEMPO, METRE))
"""What holds until it is set anew."""


def cut(data: bytes, bars: int) -> bytes:
    """Return the last `bars` bars; the last one is that in which it ends. Notes held into them are left out.

    ValueError where it is no recording.
    """
    try:
        head, parts = data[:HEAD], list(tracks(data))
        end = max((sum(delta for delta, _ in events(track)) for track in parts[:1]), default=0)
        begin = max(0, -(-end // TICKS_PER_BAR) - bars) * TICKS_PER_BAR
        return head + b"".join(_chunk(cut_track(track, begin)) for track in parts)
    except (IndexError, struct.error) as error:
        raise ValueError("the recording is not whole") from error


def cut_track(track: bytes, begin: int) -> bytes:
    """Return what happens from `begin` on; what was set before (tempo, name, metre) stands at the beginning."""
    settings: dict[int, bytes] = {}
    held: set[bytes] = set()
    kept: list[bytes] = []
    tick, last, place = 0, begin, 0
    for delta, event in events(track):
        if tick >= begin and not held:
            break  # the rest is as it is
        tick, place = tick + delta, place + len(varint(delta)) + len(event)
        kind = event[0] & 0xF0 if event[0] < 0xF0 else META
        is_press = kind == NOTE_ON and event[2] > 0
        if tick < begin:
            if is_press:
                held.add(_key(event))
            elif kind in (NOTE_ON, NOTE_OFF):
                held.discard(_key(event))
            elif kind == META and event[1] in SETTINGS:
                settings[event[1]] = event
            continue
        if kind in (NOTE_ON, NOTE_OFF) and not is_press and _key(event) in held:
            held.discard(_key(event))
            continue
        kept.append(varint(tick - last) + event)
        last = tick
    return b"".join((*(b"\0" + setting for setting in settings.values()), *kept, track[place:]))


def _key(event: bytes) -> bytes:
    """Return channel and pitch of a note's event."""
    return bytes((event[0] & 0x0F, event[1]))


def _chunk(track: bytes) -> bytes:
    return b"MTrk" + struct.pack(">I", len(track)) + track
