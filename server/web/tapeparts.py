"""The parts of a show as they lie in the folder: which belong to it, where their tracks begin.

The one that is being written is read first and whole: it is replaced by a new file within a second or so. The others
stay as they are, and are held open, so that they may be dropped from the folder meanwhile.
"""

import contextlib
import errno
import io
import os
import struct
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from server.parts import numbered
from server.recording import HEAD, NOT_WHOLE, events
from server.seam import HEAD_BYTES, Seam, head

CHUNK_HEAD: Final = 8
"""Bytes before the events of a track: its name and length."""


class Piece(msgspec.Struct, frozen=True):
    """One track of one part: place of its first event in the file, bytes, events of its head."""

    place: int
    size: int
    head: list[tuple[int, bytes]]
    seam: Seam


class Part:
    """One file. first_bytes: its MThd; pieces: its tracks; seam: of the first of them."""

    def __init__(self, file: BinaryIO, number: int = 0) -> None:
        """Read where the tracks are; number: in its name, 0 = none. NOT_WHOLE where it is no whole recording."""
        self._file = file
        self.first_bytes = file.read(HEAD)
        size = file.seek(0, io.SEEK_END)
        if self.first_bytes[:4] != b"MThd":
            raise ValueError("no MIDI file")
        self.pieces: list[Piece] = []
        place = HEAD
        while place < size:
            name, length = struct.unpack(">4sI", self.read(place, CHUNK_HEAD))
            place += CHUNK_HEAD
            if name != b"MTrk" or place + length > size:
                raise ValueError("a track is not whole")
            found, seam = head(self.read(place, min(length, HEAD_BYTES)))
            self.pieces.append(Piece(place, length, found, seam or Seam(first=number)))
            place += length
        self.seam = self.pieces[0].seam

    @cached_property
    def end(self) -> int:
        """The tick of the show at which the part ends: its tracks end together, and the tempo's is the shortest."""
        piece = self.pieces[0]
        return self.seam.begin + sum(delta for delta, _ in events(self.read(piece.place, piece.size)))

    def read(self, place: int, size: int) -> bytes:
        """Return bytes of the file."""
        self._file.seek(place)
        return self._file.read(size)


@contextlib.contextmanager
def parts_of(path: Path) -> Iterator[list[Part]]:
    """Open the parts of the show that is written to `path`, as many as there are, in their order.

    What another show has left at the same place is none of them, nor is a part that is no whole file. OSError where
    one cannot be read, or there is none; ValueError where the newest is no recording.
    """
    with contextlib.ExitStack() as stack:
        yield _found(path, stack)


def _found(path: Path, stack: contextlib.ExitStack) -> list[Part]:
    newest = None
    with contextlib.suppress(FileNotFoundError):  # it has just become a part
        newest = Part(io.BytesIO(path.read_bytes()))
    found = {} if newest is None else {newest.seam.part: newest}
    for number, place in reversed(numbered(path)):
        if 1 in found:
            break
        with contextlib.suppress(FileNotFoundError, *NOT_WHOLE):
            part = Part(stack.enter_context(place.open("rb")), number)
            newest = newest or part
            if part.seam.first == newest.seam.first:
                found[part.seam.part] = part
    if newest is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path.name)
    return [found[number] for number in sorted(found)]
