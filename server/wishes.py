"""Wishes: when the performance looks at the desk, and what it writes down of it."""

from collections.abc import Mapping

from msgspec.structs import replace

from engines import conductor
from engines.conductor import Cursor
from engines.control.command import Command
from engines.control.desk import Desk
from engines.control.past import Pending, Restore
from engines.control.state import Control, steady
from engines.control.tree import When
from engines.genre import Genre
from server.journal import Commanded, Decided, Journal


class Wishes:
    """The desk, read at the moments of the music; what was wished and what is in force is journaled at once."""

    def __init__(self, desk: Desk, genres: Mapping[str, Genre], journal: Journal) -> None:
        """Read `desk`."""
        self.desk = desk
        self._genres = genres
        self._journal = journal
        self._write(0, 0, desk.control)

    @property
    def control(self) -> Control:
        """The control in force."""
        return self.desk.control

    def hear(self, command: Command, bar: int) -> None:
        """Journal a command that was received while `bar` is the next to be decided."""
        if command.path == "held":
            return  # the fingers will tell the next main themselves
        self._journal.write(_commanded(command, bar))
        if command.path in ("undo", "scene"):  # what it means depends on a past that the journal does not hold
            self._write(bar, 0, self.control)

    def settle(self, bar: int, start: int, control: Control) -> None:
        """Journal the control from tick `start` in `bar` on, if it is another one than was journaled last."""
        if control != self._journaled:
            self._write(bar, start, control)

    def take(self, when: When, tick: float) -> None:
        """Bring what is due into force at `tick`."""
        self.desk.take(when, tick)

    def at_line(self, cursor: Cursor, line: int) -> Control:
        """Look at the wishes, once: return the control for the cursor's bar, which begins at tick `line`."""
        genre = self._genres.get(cursor.genre) or self._genres[self.control.genre]
        self.take(conductor.boundary(cursor, genre), line)
        if self.control.section != cursor.section:
            self.take(When.section, line)
        self.desk.adopt(conductor.steer(self.control, cursor, self._genres[self.control.genre], line))
        return self.control

    def preview(self, cursor: Cursor, line: int) -> Control:
        """Return what `at_line` would return if it were asked now, and change nothing."""
        genre = self._genres.get(cursor.genre) or self._genres[self.control.genre]
        control = self.desk.preview(conductor.boundary(cursor, genre), line)
        if control.section != cursor.section:
            control = self.desk.preview(When.section, line)
        return conductor.steer(control, cursor, self._genres[control.genre], line)

    def upcoming(self, cursor: Cursor, control: Control) -> str | None:
        """Return the section that is known to begin with the bar after the cursor's, which has this control."""
        genre = self._genres[control.genre]
        then = conductor.boundary(conductor.advance(conductor.enter(control, cursor, genre)), genre)
        for pending in self.desk.pending:
            if isinstance(pending, Command) and pending.path == "section" and pending.when <= then:
                return str(pending.args[0])
        return None

    def rewind(self) -> None:
        """Put the ramps at their ends: they ran in the ticks of the last performance."""
        control = self.control
        self.desk.adopt(replace(control, tension=steady(control.tension.end), tempo=steady(control.tempo.end)))

    def _write(self, bar: int, start: int, control: Control) -> None:
        pending = tuple(_journaled(wish, bar) for wish in self.desk.pending if _is_told(wish))
        self._journal.write(Decided(bar, start, control, pending))
        self._journaled = control


def _is_told(wish: Pending) -> bool:
    return isinstance(wish, Restore) or wish.path != "held"


def _journaled(wish: Pending, bar: int) -> Commanded | Restore:
    return wish if isinstance(wish, Restore) else _commanded(wish, bar)


def _commanded(command: Command, bar: int) -> Commanded:
    return Commanded(bar, command.path, command.raw, command.when.name)


def musical(control: Control) -> Control:
    """Return the control without what is not composed: mute, solo, tempo."""
    chairs = {voice: replace(chair, mute=False, solo=False) for voice, chair in control.chairs.items()}
    return replace(control, chairs=chairs, tempo=steady(0.0))
