"""Resuming: what a new main must know of the one that died, read from its journal."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from engines.conductor import Cursor
from engines.control.command import Command, Lexicon, parse
from engines.control.desk import Desk
from engines.control.past import Restore
from engines.control.state import Control
from engines.control.tree import BY_PATH, When
from engines.units import TICKS_PER_BAR
from server.guard import RESUME
from server.journal import Barred, Began, Commanded, Connected, Decided, Ended, Record, Told, read
from server.player.messages import GoOn, Start, Stop

log = logging.getLogger("melody-engine")


class Papers(msgspec.Struct, frozen=True):
    """Where the first main wrote: its journal and its recording ("" = none); the token its page asked for."""

    journal: str
    recording: str
    token: str = ""


class Resume(msgspec.Struct, frozen=True):
    """Where the music stood. wishes: what was asked for since `control`, or was pending then, in order.

    control: without the chord of held keys: who let them go meanwhile was not heard, and it would stay for ever.
    cursor: the bar to go on with. begun: whether music has been played; bars: how many were written; connections:
    JACK's, to be restored.
    """

    papers: Papers
    control: Control
    wishes: tuple[Commanded | Restore, ...] = ()
    cursor: Cursor = Cursor()
    begun: bool = False
    playing: bool = False
    bars: int = 0
    connections: tuple[tuple[str, str], ...] = ()


def leave(papers: Papers) -> None:
    """Leave the papers where the next main looks for them; nothing without a guard."""
    if path := os.environ.get(RESUME):
        Path(path).write_bytes(msgspec.json.encode(papers))


def left() -> Papers | None:
    """Return the papers that the main before this one left; None for the first."""
    path = Path(os.environ.get(RESUME, ""))
    return msgspec.json.decode(path.read_bytes(), type=Papers) if path.is_file() else None


def find() -> Resume | None:
    """Return where the main before this one stood; None for the first, or when its journal tells nothing."""
    try:
        papers = left()
        return _read(papers) if papers is not None and papers.journal else None
    except (OSError, ValueError) as error:
        log.warning("cannot resume where the music was: %s", error)
        return None


def remember(desk: Desk, resume: Resume, lexicon: Callable[[], Lexicon]) -> None:
    """Have the desk, whose control is the resumed one, wish what was wished; in force at once if the music rests."""
    for wish in resume.wishes:
        if isinstance(wish, Restore):
            desk.expect(wish)
        elif isinstance(command := parse(wish.address, wish.args, lexicon()), Command):
            desk.receive(command)
    if not resume.playing:
        desk.take(When.section, resume.cursor.bar * TICKS_PER_BAR)


def _read(papers: Papers) -> Resume | None:
    state: Resume | None = None
    for record in read(Path(papers.journal)):
        if isinstance(record, Decided):
            control = msgspec.structs.replace(record.control, held=None, overruled=False)
            state = msgspec.structs.replace(state or Resume(papers, control), control=control, wishes=record.pending)
        elif state is not None:
            state = _after(state, record)
    return state


def _after(state: Resume, record: Record) -> Resume:
    """Return where the music stands after a record."""
    change = msgspec.structs.replace
    match record:
        case Commanded() if BY_PATH[record.address].kind != "transport":
            return change(state, wishes=(*state.wishes, record))
        case Began():
            return change(state, cursor=record.cursor, begun=True, playing=True)
        case Barred():
            return change(state, cursor=record.cursor, bars=state.bars + (record.cursor.bar > state.cursor.bar))
        case Ended():
            return change(state, cursor=record.cursor, playing=False)
        case Told(message=Start() | GoOn()):
            return change(state, playing=True)
        case Told(message=Stop()):
            return change(state, playing=False)
        case Connected():
            return change(state, connections=record.pairs)
    return state
