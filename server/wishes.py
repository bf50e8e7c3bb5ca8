"""Wishes: when the performance looks at the desk, and what it writes down of it."""

from collections.abc import Mapping

from msgspec.structs import replace

from engines import conductor
from engines.conductor import Cursor
from engines.control.command import Command
from engines.control.desk import Desk
from engines.control.state import Control, steady
from engines.control.tree import When
from engines.genre import Genre
from server.journal import Commanded, Journal


class Wishes:
    """The desk, read at the moments of the music; what comes into force is journaled."""

    def __init__(self, desk: Desk, genres: Mapping[str, Genre], journal: Journal) -> None:
        """Read `desk`."""
        self.desk = desk
        self._genres = genres
        self._journal = journal

    @property
    def control(self) -> Control:
        """The control in force."""
        return self.desk.control

    def take(self, when: When, tick: float, bar: int) -> None:
        """Bring what is due into force at `tick`; `bar` is the next to be decided."""
        for taken in self.desk.take(when, tick):
            if isinstance(taken, Command):
                self._journal.write(Commanded(bar, taken.path, taken.raw, taken.when.name))
            else:
                self._journal.write(Commanded(bar, "undo or scene", (), taken.when.name))

    def at_line(self, cursor: Cursor, line: int) -> Control:
        """Look at the wishes, once: return the control for the cursor's bar, which begins at tick `line`."""
        genre = self._genres.get(cursor.genre) or self._genres[self.control.genre]
        self.take(conductor.boundary(cursor, genre), line, cursor.bar)
        if self.control.section != cursor.section:
            self.take(When.section, line, cursor.bar)
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
        then = conductor.boundary(conductor.advance(conductor.enter(control, cursor)), genre)
        for pending in self.desk.pending:
            if isinstance(pending, Command) and pending.path == "section" and pending.when <= then:
                return str(pending.args[0])
        return None

    def rewind(self) -> None:
        """Put the ramps at their ends: they ran in the ticks of the last performance."""
        control = self.control
        self.desk.adopt(replace(control, tension=steady(control.tension.end), tempo=steady(control.tempo.end)))


def musical(control: Control) -> Control:
    """Return the control without what is not composed: mute, solo, tempo."""
    chairs = {voice: replace(chair, mute=False, solo=False) for voice, chair in control.chairs.items()}
    return replace(control, chairs=chairs, tempo=steady(0.0))
