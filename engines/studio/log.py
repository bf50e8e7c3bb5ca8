"""The generation log: JSON lines that tell how a piece was made, and from which it can be made again.

One `Generation` (arguments, the order that they came to, versions), one `Bar` each (who played, why, a digest of the
notes), one `Scored` at its end. A file may hold many, one after the other.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec

from engines.note import Bar
from engines.studio import place
from engines.studio.arguments import Arguments
from engines.studio.cast import Player
from engines.studio.logcheck import check
from engines.studio.master import Master
from engines.studio.order import Order
from engines.studio.scorecard import Scorecard

FORMAT: Final = 1


class Generation(msgspec.Struct, frozen=True, tag=True):
    """A piece begins."""

    format: int
    version: str
    date: str
    arguments: Arguments
    order: Order


class Played(msgspec.Struct, frozen=True, tag="Bar"):
    """One bar; digest: of its notes as they sound."""

    bar: int
    section: str
    players: dict[str, Player]
    digest: str


class Scored(msgspec.Struct, frozen=True, tag=True):
    """A piece is done. stages: ms; scores: by name."""

    bars: int
    stages: dict[str, float]
    scores: dict[str, Any]


_DECODER: Final = msgspec.json.Decoder(Generation | Played | Scored)


class Logged(msgspec.Struct, frozen=True):
    """One piece of a log, complete."""

    generation: Generation
    bars: tuple[Played, ...]


def records(master: Master, scores: Scorecard) -> Iterator[Generation | Played | Scored]:
    """Yield what the log says of a piece."""
    date = datetime.now().astimezone().isoformat(timespec="seconds")
    yield Generation(FORMAT, metadata.version("melody-engine"), date, master.arguments, master.order)
    for number, bar in enumerate(master.bars):
        yield Played(number, bar.plan.section, bar.players, digest(bar.wire))
    yield Scored(len(master.bars), master.stages, msgspec.to_builtins(scores))


def append(master: Master, scores: Scorecard, file: Path) -> Path:
    """Append a piece to a log, in one write: a reader sees all of it or nothing; raises OSError."""
    place.check_growing(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = msgspec.json.Encoder().encode_lines(list(records(master, scores)))
    with file.open("a+b", buffering=0) as log:
        end = log.seek(0, os.SEEK_END)
        log.seek(max(0, end - 1))
        torn = log.read(1) not in (b"", b"\n")  # by a crash: the line after it shall be whole
        rest = memoryview(b"\n" * torn + lines)
        try:
            while rest:
                rest = rest[log.write(rest) :]
        except OSError as error:
            with suppress(OSError):
                log.truncate(end)
            raise type(error)(f"{file}: cannot be written: {error.strerror}; name another place") from error
    return file


def ready(path: str | None) -> None:
    """Raise OSError where no log can be kept: to be told before a note is written; None = none is kept."""
    if path is None:
        return
    try:
        place.check_growing(Path(path))
    except OSError as error:
        raise type(error)(f"log.path: {error}") from error


def keep(save: Callable[[Path], object], path: str | None, warn: Callable[[str], None]) -> None:
    """Have a piece saved to the log; a disk that has become full meanwhile costs the log, not the piece."""
    if path is None:
        return
    try:
        save(Path(path))
    except OSError as error:
        warn(f"{error}; this piece is not in the log")


def is_log(file: Path) -> bool:
    """Whether a file begins as a generation log does."""
    with file.open("rb") as log:
        return log.read(64).startswith(b'{"type":"Generation"')


def read(file: Path) -> Logged:
    """Return the last complete piece of a log; raises ValueError naming the line that is wrong.

    What is damaged before that piece, and a line after it that a crash has torn, is passed over.
    """
    last: Logged | None = None
    generation: Generation | None = None
    bars: list[Played] = []
    damage: ValueError | None = None
    with file.open("rb") as log:
        for number, line in enumerate(log, 1):
            try:
                record = _record(line)
            except ValueError as error:
                torn = last is not None and not line.endswith(b"\n")
                damage = damage if torn else damage or ValueError(f"{file}:{number}: {error}")
                generation = None
                continue
            match record:
                case Generation():
                    generation, bars = record, []
                case Played():
                    bars.append(record)
                case Scored() if generation is not None and len(bars) == record.bars == generation.order.bars:
                    last, damage = Logged(generation, tuple(bars)), None
    if damage is not None:
        raise damage
    if last is None:
        raise ValueError(f"{file}: no complete piece in it")
    return last


def _record(line: bytes) -> Generation | Played | Scored:
    """Return what a line says; raises ValueError where it cannot be performed."""
    try:
        record: Generation | Played | Scored = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no line of a generation log: {error}") from error
    if isinstance(record, Generation):
        if record.format != FORMAT:
            raise ValueError(f"format {record.format}; this version reads {FORMAT}")
        check(record.order)
    return record


def digest(bars: dict[str, Bar]) -> str:
    """Return a short hash of the notes of one bar."""
    return hashlib.blake2b(msgspec.msgpack.encode(sorted(bars.items())), digest_size=8).hexdigest()
