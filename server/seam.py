"""Seams: how one part of a recording goes on in the next, so that a reader can join them without reading every event.

Every track of a part after the first begins with a head: its name, what was set, the notes that sound on are struck
again (a part alone is a whole file), and last the seam, an event that other programs skip.
"""

from itertools import islice
from typing import Final

import msgspec

from server.recording import OURS, SPECIFIC, events, meta, number

MOST_EVENTS: Final = 1 + 1 + 1 + 128 + 1
"""Of a head: name, metre, tempo, every pitch, seam."""
HEAD_BYTES: Final = 4096
"""A head is shorter."""
_SIGN: Final = bytes((0xFF, SPECIFIC))


class Seam(msgspec.Struct, frozen=True, array_like=True):
    """Where a track of a part stands in the show.

    first: number of the file with which the show begins, 0 = this one is the first; part: 1 = the first; begin: tick
    of the show at which the part begins, a bar line; wait: ticks from the last event that counts in the part before to
    this one; tail: bytes after that event, which only close the file (releases of what sounds on, end of track).
    """

    first: int = 0
    part: int = 1
    begin: int = 0
    wait: int = 0
    tail: int = 0

    @property
    def event(self) -> bytes:
        """The seam as it stands in the track."""
        return meta(SPECIFIC, bytes((OURS,)) + msgspec.json.encode(self))


def head(track: bytes) -> tuple[list[tuple[int, bytes]], Seam | None]:
    """Return the events of the head and its seam; none and None where a track has no head.

    track: its first HEAD_BYTES, or all of it. ValueError where its seam is none.
    """
    found = []
    for delta, event in islice(events(track), MOST_EVENTS):
        found.append((delta, event))
        if event.startswith(_SIGN):
            length, place = number(event, 2)
            if length > 1 and event[place] == OURS:
                return found, msgspec.json.decode(event[place + 1 :], type=Seam)
    return [], None
