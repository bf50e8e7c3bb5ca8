"""Replay: the same music again, from the journal of a performance, offline and as fast as it can be written.

Every bar is composed anew by the experts that played it, from the control that was in force, and goes through
the same player into the same recorder; only the clock is the journal's.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace
from rich.progress import track

from engines import conductor
from engines.composer import Answer, Composed, Score, compose, cut, sounding
from engines.control.state import Control
from engines.ensemble import RULES, Ensemble
from engines.expert import ExpertError
from engines.genre import Genre
from engines.library import Library, LibraryError
from engines.note import Note
from engines.touched import touched
from engines.units import TICKS_PER_BAR
from server.drivers.recorder import Recorder
from server.journal import Barred, Began, Decided, Opened, Told, read_all
from server.player.config import MidiConfig
from server.player.messages import Load, ToPlayer
from server.player.player import Player
from server.player.sink import NoSink

log = logging.getLogger("melody-engine")

Notes = dict[str, tuple[Note, ...]]


class Outcome(msgspec.Struct):
    """bars: loaded in the journal; same: composed to the very same notes; problems: reasons, each once."""

    bars: int = 0
    same: int = 0
    problems: dict[str, int] = {}

    def blame(self, reason: str) -> None:
        """Count a reason."""
        self.problems = self.problems | {reason: self.problems.get(reason, 0) + 1}


class Again:
    """Composes the bars of a journal anew, in its order."""

    def __init__(self, genres: dict[str, Genre], ensemble: Ensemble) -> None:
        """Begin before the first bar."""
        self.genres, self._ensemble = genres, ensemble
        self._score = Score()
        self._last: tuple[Score, Composed] | None = None
        self._control: Control | None = None

    def resumed(self) -> None:
        """Go on with a main that has heard nothing yet."""
        self._score, self._last = Score(), None

    def began(self, record: Began) -> None:
        """Start at bar 0, or go on at another bar; a bar that was written but never sounded is forgotten."""
        if self._last is not None and self._last[1].plan.index == record.cursor.bar:
            self._score = self._last[0]
        self._score = Score() if record.fresh else replace(self._score, cursor=record.cursor)
        self._last = None

    def decided(self, record: Decided) -> None:
        """Take the control that is in force from here on."""
        self._control = record.control

    def bar(self, record: Barred) -> Notes:
        """Compose the bar of the record; raises LibraryError or ExpertError."""
        assert self._control is not None, "a bar before any control"
        before, old = self._score, None
        if self._last is not None and self._last[1].plan.index == record.bar:
            before, written = self._last
            old = written if record.start else None  # a rewrite; else a bar that was written twice (stopped, continued)
        else:
            self._sleep(record.bar)
            before = self._score
        composed = self._write(before, old, record)
        self._score, self._last = composed.score, (before, composed)
        return sounding(composed, record.start)

    def _write(self, before: Score, old: Composed | None, record: Barred) -> Composed:
        assert self._control is not None
        genre = self.genres[self._control.genre]
        composition = compose(
            before, self._control, genre, record.bpm,
            upcoming=record.upcoming, left=record.left, start=record.start, old=old,
        )  # fmt: skip
        answer: Answer | None = None
        try:
            while True:
                ask = composition.send(answer) if answer is not None else next(composition)
                name, version = record.players.get(ask.chair, (RULES, ""))
                answer = self._ensemble.answer(ask, name, version)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def _sleep(self, bar: int) -> None:
        """Sleep through the bars that main slept through."""
        cursor = self._score.cursor
        self._score = replace(self._score, cursor=conductor.advance(cursor, bar - cursor.bar))


class Machine:
    """The player on the journal's clock: what is due sounds before the next message comes."""

    def __init__(self, path: Path) -> None:
        """Record to `path`."""
        self._tape = Recorder(str(path))
        self._player = Player(MidiConfig(clock_out=False), NoSink(()), self._tape, lambda _: None)
        self._now = 0.0

    def tell(self, time: float, message: ToPlayer) -> None:
        """Let the music run until `time`, then give the message."""
        self._run(time)
        self._player.receive(message, time)

    def close(self) -> None:
        """Let everything that was loaded sound, release, write the file."""
        self._run(float("inf"))
        self._player.release_all(self._now)
        self._tape.close()

    def _run(self, until: float) -> None:
        while (due := self._player.next_time()) is not None and due <= until:
            self._now = max(self._now, due)
            self._player.step(self._now)


def replay(
    journal: Path,
    out: Path | None,
    genres: dict[str, Genre],
    library: Library,
    warn: Callable[[str], object] = log.warning,
) -> Outcome:
    """Make the music of a journal's last performance again and write it to `out`.

    out None: beside the journal, named .replay.mid. A bar whose expert is missing, or that came out otherwise, sounds
    as the journal has it, and is counted. genres: untouched; warn: told of a touch that is not there any more.
    Raises ValueError naming the line where the file is no journal, or saying that nothing is in it.
    """
    records = list(read_all(journal))
    if not records:
        raise ValueError(f"{journal}: neither a journal nor a generation log: not one whole record is in it")
    outcome = Outcome()
    again = Again(genres, Ensemble(genres, library))
    machine = Machine(out or journal.with_suffix(".replay.mid"))
    for record in track(records, "replay", transient=True):
        match record:
            case Opened():
                again.genres = touched(genres, library, warn, record.touch)
                if record.resumed:
                    again.resumed()
            case Began():
                again.began(record)
            case Decided():
                again.decided(record)
            case Told():
                machine.tell(record.time, record.message)
            case Barred():
                notes = _compare(again, record, outcome)
                line, start = record.bar * TICKS_PER_BAR, cut(record.start)
                machine.tell(record.time, Load(record.bar, line, start, notes, record.hush, record.section))
            case _:
                pass
    machine.close()
    return outcome


def _compare(again: Again, record: Barred, outcome: Outcome) -> Notes:
    written = {voice: tuple(Note(*note) for note in notes) for voice, notes in record.notes.items()}
    outcome.bars += 1
    try:
        notes = again.bar(record)
    except (LibraryError, ExpertError) as error:
        outcome.blame(str(error))
        return written
    if notes == written:
        outcome.same += 1
    else:
        outcome.blame("composed otherwise than in the journal")
    return written
