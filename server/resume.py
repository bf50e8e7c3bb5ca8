"""Resuming: what a new main must know of the one that died, read from its journal."""

import logging
import os
from pathlib import Path

import msgspec

from engines.control.state import Control
from server.guard import RESUME
from server.journal import Barred, Connected, Decided, Told, read
from server.player.messages import Start, Stop

log = logging.getLogger("melody-engine")


class Papers(msgspec.Struct, frozen=True):
    """Where the first main wrote: its journal and its recording ("" = none)."""

    journal: str
    recording: str


class Resume(msgspec.Struct, frozen=True):
    """Where the music stood. bar: the one to go on with; connections: JACK's, to be restored."""

    papers: Papers
    control: Control
    bar: int
    playing: bool
    connections: tuple[tuple[str, str], ...]


def leave(papers: Papers) -> None:
    """Leave the papers where the next main looks for them; nothing without a guard."""
    if path := os.environ.get(RESUME):
        Path(path).write_bytes(msgspec.json.encode(papers))


def find() -> Resume | None:
    """Return where the main before this one stood; None for the first, or when its journal tells nothing."""
    path = Path(os.environ.get(RESUME, ""))
    if not path.is_file():
        return None
    try:
        return _read(msgspec.json.decode(path.read_bytes(), type=Papers))
    except (OSError, ValueError) as error:
        log.warning("cannot resume where the music was: %s", error)
        return None


def _read(papers: Papers) -> Resume | None:
    control: Control | None = None
    connections: tuple[tuple[str, str], ...] = ()
    bar, playing = -1, False
    for record in read(Path(papers.journal)) if papers.journal else ():
        match record:
            case Decided():
                control = record.control
            case Barred():
                bar = record.bar
            case Told(message=Start()):
                playing = True
            case Told(message=Stop()):
                playing = False
            case Connected():
                connections = record.pairs
    return Resume(papers, control, bar + 1, playing, connections) if control is not None else None
