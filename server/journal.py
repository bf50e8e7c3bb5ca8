"""The journal: an append-only log of a performance, from which the same music can be made again.

JSON lines, one record each (`server.records`), valid at every moment (a line torn by a crash is the last one and is
ignored). One file may hold several performances, each begun by a main that resumed no other; `read` gives the last.
Writing happens on a thread of its own: a slow disk must not stop the music. A full file becomes a part
(`server.parts`), and the next begins with where the music stands: a resume reads one file, however long the show.
"""

import logging
import os
import queue
import threading
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Final, Self

import msgspec
from msgspec.structs import replace

from server.parts import WHOLE, Parts, older, turn
from server.records import (
    FORMAT,
    Barred,
    Began,
    Commanded,
    Connected,
    Decided,
    Ended,
    Opened,
    Record,
    Stood,
    Told,
)
from server.standing import after

__all__ = [
    "FORMAT",
    "Barred",
    "Began",
    "Commanded",
    "Connected",
    "Decided",
    "Ended",
    "Journal",
    "Opened",
    "Record",
    "Stood",
    "Told",
    "read",
    "read_all",
]

log = logging.getLogger("melody-engine")

MAX_WAITING: Final = 100_000
"""Records that wait for a disk that does not answer, some 100 MB; what comes then is lost, the music is not."""
_OPENED: Final = b'{"type":"Opened"'


class Journal:
    """Writes records; `path` None writes nothing."""

    def __init__(self, path: Path | None, parts: Parts = WHOLE, stood: Stood | None = None) -> None:
        """Keep the records until `open`: a server that cannot start leaves no file. stood: what a resumed one knows."""
        self._path, self._parts = path, parts
        self._queue: queue.SimpleQueue[Record | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._encoder = msgspec.json.Encoder()
        self._stood = stood
        self._trouble = ""

    def open(self) -> Self:
        """Create the file and its folder; where that fails, say so and go on without a journal."""
        if self._path is None:
            return self
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _mend(self._path)
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            log.warning("no journal: %s", error)
            self._path = None
            return self
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()
        return self

    def write(self, record: Record) -> None:
        """Append a record soon, or when the journal is opened."""
        if self._path is not None and self._queue.qsize() < MAX_WAITING:
            self._queue.put(record)

    def close(self) -> None:
        """Write what is waiting and close the file."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(5.0)

    def _write(self) -> None:
        while (record := self._queue.get()) is not None:
            self._stood = after(self._stood, record)
            try:
                if self._trouble and self._stood is not None:
                    _append(self._file, self._encoder.encode(self._stood))  # for what is missing; it knows this record
                else:
                    _append(self._file, self._encoder.encode(record))
                self._trouble = ""
                if self._parts.full(self._file.tell()):
                    self._turn()
            except OSError as error:  # a full disk: what cannot be written is lost, the music is not
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    log.warning("the journal has a gap: %s", error)
        self._file.close()

    def _turn(self) -> None:
        """Begin the file anew, with where the music stands; where that cannot be, go on until it is twice as long."""
        if self._path is None or self._stood is None:
            return
        other = self._path.with_name(f".{self._path.name}.part")
        try:
            file = other.open("wb", buffering=0)
            try:
                _append(file, self._encoder.encode(self._stood))
                turn(self._path, self._parts.keep)
                other.replace(self._path)
            except OSError:
                file.close()
                raise
        except OSError as error:
            log.warning("the journal grows on: no new part (%s)", error)
            self._parts = replace(self._parts, mb=2 * (self._parts.mb or 0.0))
            return
        self._file.close()
        self._file = file


def _append(file: FileIO, line: bytes) -> None:
    """Write a whole line or nothing: a torn one would spoil the next."""
    written = file.write(line + b"\n")
    if written != len(line) + 1:
        os.ftruncate(file.fileno(), os.fstat(file.fileno()).st_size - (written or 0))
        raise OSError("only a part of a record fitted")


def _mend(path: Path) -> None:
    """Cut off a last line that a crash has torn, so that the next record begins on a line of its own."""
    if path.is_file() and (data := path.read_bytes()) and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)


def read(path: Path) -> Iterator[Record]:
    """Read the records of a journal's last performance, from where a main opened it that did not resume another.

    Of this file alone: where it is the last of several parts, its first record says where the music stood. A torn last
    line is left out, any other bad line is a ValueError naming it.
    """
    decoder = msgspec.json.Decoder(Record)
    lines = path.read_bytes().split(b"\n")
    first = max((number for number, line in enumerate(lines, 1) if _is_fresh(line)), default=1)
    for number, line in enumerate(lines, 1):
        if line and number >= first:
            try:
                record = decoder.decode(line)
                if isinstance(record, Opened) and record.format != FORMAT:
                    raise ValueError(f"{path}: line {number}: a journal of format {record.format}, not {FORMAT}")
                yield record
            except msgspec.DecodeError as error:
                if number == len(lines):
                    return
                raise ValueError(f"{path}: line {number} is no journal record: {error}") from None


def read_all(path: Path) -> Iterator[Record]:
    """Read the last performance from its beginning, which may stand in an older part; ValueError where that is gone."""
    files, before = [path], older(path)
    while before and isinstance(next(read(files[0]), None), Stood):
        files.insert(0, before.pop())
    if isinstance(next(read(files[0]), None), Stood):
        raise ValueError(  # noqa: TRY004  (of the file, not of a type)
            f"{files[0]}: the performance begins in an older part, which is not here (journal.parts says how many stay)"
        )
    for file in files:
        yield from read(file)


def _is_fresh(line: bytes) -> bool:
    """Whether a new performance begins with this line; a bad one is found when its turn comes."""
    if not line.startswith(_OPENED):
        return False
    try:
        return not msgspec.json.decode(line, type=Opened).resumed
    except msgspec.DecodeError:
        return False
