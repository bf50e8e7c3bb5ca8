"""Joining the parts of a show: one track after the other, each from all parts, in pieces, read when they are sent.

Between two parts that follow one another the head of the later one is left out, and what closed the earlier one: a
note that was held over goes on. Where a part is missing its time passes in silence, and a marker says so; what
sounded before it ends, what sounds after it is struck again.
"""

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from engines.units import TICKS_PER_BAR
from server.recording import EMPTY, MARKER, META, TEMPO, meta, varint, wait
from server.track import END
from server.web.tapeparts import Part, Piece

BLOCK_BYTES: Final = 1 << 18
MOST_BYTES: Final = (1 << 32) - 1
"""Of a track: its length stands in four bytes."""


class Span(NamedTuple):
    """Bytes of a file, not read yet."""

    part: Part
    place: int
    size: int


class Hole(NamedTuple):
    """Bars that are missing before a part, and where they begin, a tick of the show."""

    part: Part
    tick: int
    bars: int

    @property
    def text(self) -> str:
        """It in words."""
        where = "the first " if self.tick == 0 else ""
        after = "" if self.tick == 0 else f" after bar {-(-self.tick // TICKS_PER_BAR)}"
        return f"{where}{self.bars} bars{after} are gone"


class Joined:
    """A show as one file. size: its bytes; holes: what is missing."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Lay the parts out; ValueError where they do not fit together, OverflowError where a file cannot hold them."""
        self.holes = holes(parts)
        marks = {hole.part: hole for hole in self.holes}
        count = len(parts[0].pieces)
        if any(len(part.pieces) != count for part in parts):
            raise ValueError("the parts have not the same tracks")
        self._head = parts[0].first_bytes
        self._tracks = [list(_laid(parts, index, marks)) for index in range(count)]
        self._sizes = [sum(_bytes(piece) for piece in track) for track in self._tracks]
        if max(self._sizes) > MOST_BYTES:
            raise OverflowError("a MIDI file holds 4 GB a track")
        self.size = len(self._head) + sum(8 + size for size in self._sizes)

    def __iter__(self) -> Iterator[bytes]:
        """Return the bytes, a bounded piece at a time."""
        yield self._head
        for track, size in zip(self._tracks, self._sizes, strict=True):
            yield b"MTrk" + struct.pack(">I", size)
            for piece in track:
                yield from _read(piece)


def holes(parts: Sequence[Part]) -> list[Hole]:
    """Return where parts are missing."""
    found = [Hole(parts[0], 0, parts[0].seam.begin // TICKS_PER_BAR)] if parts[0].seam.begin else []
    return found + [
        Hole(part, before.end, max(0, -((before.end - part.seam.begin) // TICKS_PER_BAR)))
        for before, part in pairwise(parts)
        if not _follows(before, part)
    ]


def _follows(before: Part, part: Part) -> bool:
    return part.seam.part == before.seam.part + 1


def _laid(parts: Sequence[Part], index: int, marks: dict[Part, Hole]) -> Iterator[bytes | Span]:
    """Return one track of all parts."""
    for before, part, after in zip([None, *parts[:-1]], parts, [*parts[1:], None], strict=True):
        piece = part.pieces[index]
        mark = meta(MARKER, marks[part].text.encode()) if part in marks and index == 0 else b""
        if before is None:
            yield (b"\0" + mark if mark else b"") + _head(piece, 0, whole=True)
        elif _follows(before, part):
            yield wait(piece.seam.wait) + EMPTY
        else:  # in the place of the end of track
            yield (mark or EMPTY) + _head(piece, max(0, part.seam.begin - before.end), whole=False)
        begin = sum(len(varint(delta)) + len(event) for delta, event in piece.head)
        yield Span(part, piece.place + begin, piece.size - begin - _closing(part, after, index))


def _closing(part: Part, after: Part | None, index: int) -> int:
    """Return how many bytes at the end of a part's track are left out; ValueError where they close it not."""
    if after is None:
        return 0
    size = after.pieces[index].seam.tail if _follows(part, after) else len(END)
    piece = part.pieces[index]
    if not len(END) <= size <= piece.size or part.read(piece.place + piece.size - size, size)[-len(END) :] != END:
        raise ValueError("a part does not go on in the next")
    return size


def _head(piece: Piece, ticks: int, *, whole: bool) -> bytes:
    """Return a head without its seam, so many ticks after the event before it; whole: names, too."""
    made, last = bytearray(), len(piece.head) - 1
    for place, (delta, event) in enumerate(piece.head):
        ticks += delta
        if whole or place == last or event[0] != META or event[1] == TEMPO:
            made += wait(ticks) + (EMPTY if place == last else event)
            ticks = 0
    return bytes(made)


def _bytes(piece: bytes | Span) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.size


def _read(piece: bytes | Span) -> Iterator[bytes]:
    if isinstance(piece, bytes):
        yield piece
        return
    for place in range(piece.place, piece.place + piece.size, BLOCK_BYTES):
        yield piece.part.read(place, min(BLOCK_BYTES, piece.place + piece.size - place))
