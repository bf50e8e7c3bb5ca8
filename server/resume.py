"""Resuming: what a new main must know of the one that died, read from its journal."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from engines.control.command import Command, Lexicon, parse
from engines.control.desk import Desk
from engines.control.past import Restore
from engines.control.tree import When
from engines.units import TICKS_PER_BAR
from server.guard import RESUME
from server.journal import read
from server.records import Stood
from server.standing import after

log = logging.getLogger("melody-engine")


class Papers(msgspec.Struct, frozen=True):
    """Where the first main wrote: its journal and its recording ("" = none); the token its page asked for."""

    journal: str
    recording: str
    token: str = ""


class Resume(msgspec.Struct, frozen=True):
    """Where the music stood, and the papers of the main before this one."""

    papers: Papers
    stood: Stood


def leave(papers: Papers) -> None:
    """Leave the papers where the next main looks for them; nothing without a guard, a warning where it cannot be."""
    if not (path := os.environ.get(RESUME)):
        return
    other = Path(f"{path}.part")
    try:
        other.write_bytes(msgspec.json.encode(papers))
        other.replace(path)  # never half of them: on a full disk those of the main before this one still hold
    except OSError as error:
        log.warning("main could not go on where it is if it died: %s", error)


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
    for wish in resume.stood.wishes:
        if isinstance(wish, Restore):
            desk.expect(wish)
        elif isinstance(command := parse(wish.address, wish.args, lexicon()), Command):
            desk.receive(command)
    if not resume.stood.playing:
        desk.take(When.section, resume.stood.cursor.bar * TICKS_PER_BAR)


def _read(papers: Papers) -> Resume | None:
    state: Stood | None = None
    for record in read(Path(papers.journal)):
        state = after(state, record)
    return None if state is None else Resume(papers, state)
