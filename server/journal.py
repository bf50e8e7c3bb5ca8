"""The journal: an append-only log of a performance, from which the same music can be made again.

JSON lines, one tagged record each, valid at every moment (a line torn by a crash is the last one and is
ignored). One file may hold several performances, each begun by a main that resumed no other; `read` gives the last.
Writing happens on a thread of its own: a slow disk must not stop the music.
"""

import logging
import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import msgspec

from engines.conductor import Cursor
from engines.control.command import Value
from engines.control.past import Restore
from engines.control.state import Control
from server.player.messages import Gate, GoOn, Panic, Retime, Start, Stop

log = logging.getLogger("melody-engine")

FORMAT: Final = 2
_OPENED: Final = b'{"type":"Opened"'


class Opened(msgspec.Struct, frozen=True, tag=True):
    """A main opened the journal. lineup: the chain of experts per chair.

    touch: its version, "" = none, None = not told (by an earlier release).
    resumed: it goes on with the performance of one that died; else a new performance begins here.
    """

    format: int
    version: str
    date: str
    lineup: dict[str, list[str]]
    resumed: bool = False
    touch: str | None = None


class Began(msgspec.Struct, frozen=True, tag=True):
    """The music began at the cursor's bar (fresh: from the beginning; else it went on)."""

    cursor: Cursor
    fresh: bool


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The music came to rest; cursor: where it would go on."""

    cursor: Cursor


class Told(msgspec.Struct, frozen=True, tag=True):
    """What the player was told besides bars, and when (monotonic s)."""

    time: float
    message: Start | Stop | GoOn | Gate | Panic | Retime


class Commanded(msgspec.Struct, frozen=True, tag=True):
    """A command was received while `bar` was the next to be decided; address and args as they came."""

    bar: int
    address: str
    args: tuple[Value, ...]
    when: str


class Decided(msgspec.Struct, frozen=True, tag=True):
    """The control in force from `bar` (and tick `start` in it) on; written when it changed.

    pending: the wishes that were not yet in force then, in order of arrival.
    """

    bar: int
    start: int
    control: Control
    pending: tuple[Commanded | Restore, ...] = ()


class Barred(msgspec.Struct, frozen=True, tag=True):
    """One bar as it was loaded at `time` (monotonic s).

    start: from which tick in the bar it was (re)written; hush: as loaded. players: expert and version per chair.
    notes: per voice [onset, duration, pitch, velocity]. bpm: tempo at the line. upcoming: as planned. cursor: after it.
    """

    time: float
    bar: int
    start: int
    bpm: float
    upcoming: str | None
    players: dict[str, tuple[str, str]]
    hush: tuple[str, ...]
    notes: dict[str, tuple[tuple[int, int, int, int], ...]]
    cursor: Cursor


class Connected(msgspec.Struct, frozen=True, tag=True):
    """JACK's connections of our ports changed: (output, input)."""

    pairs: tuple[tuple[str, str], ...]


Record = Opened | Connected | Began | Ended | Told | Commanded | Decided | Barred


class Journal:
    """Writes records; `path` None writes nothing."""

    def __init__(self, path: Path | None) -> None:
        """Keep the records until `open`: a server that cannot start leaves no file."""
        self._path = path
        self._queue: queue.SimpleQueue[Record | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._encoder = msgspec.json.Encoder()

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
        if self._path is not None:
            self._queue.put(record)

    def close(self) -> None:
        """Write what is waiting and close the file."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(5.0)

    def _write(self) -> None:
        trouble = ""
        with self._file:
            while (record := self._queue.get()) is not None:
                try:
                    self._append(self._encoder.encode(record) + b"\n")
                    trouble = ""
                except OSError as error:  # a full disk: what cannot be written is lost, the music is not
                    if str(error) != trouble:
                        trouble = str(error)
                        log.warning("the journal has a gap: %s", error)

    def _append(self, line: bytes) -> None:
        """Write the whole line or nothing: a torn one would spoil the next."""
        written = self._file.write(line)
        if written != len(line):
            number = self._file.fileno()
            os.ftruncate(number, os.fstat(number).st_size - (written or 0))
            raise OSError("only a part of a record fitted")


def _mend(path: Path) -> None:
    """Cut off a last line that a crash has torn, so that the next record begins on a line of its own."""
    if path.is_file() and (data := path.read_bytes()) and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)


def read(path: Path) -> Iterator[Record]:
    """Read the records of a journal's last performance, from where a main opened it that did not resume another.

    A torn last line is left out, any other bad line is a ValueError naming it.
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


def _is_fresh(line: bytes) -> bool:
    """Whether a new performance begins with this line; a bad one is found when its turn comes."""
    if not line.startswith(_OPENED):
        return False
    try:
        return not msgspec.json.decode(line, type=Opened).resumed
    except msgspec.DecodeError:
        return False
