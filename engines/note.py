"""Note and Bar: what an expert writes and what a player sounds."""

from collections.abc import Iterable

import msgspec

from engines.units import TICKS_PER_BAR


class Note(msgspec.Struct, frozen=True, order=True):
    """One note of a bar; ordered by onset.

    onset: ticks from the bar line, 0..bar length - 1.
    duration: ticks, 1..TICKS_PER_BAR; a note may ring over the bar line, never longer than a bar.
    pitch: MIDI number 0..127 (drums: General MIDI percussion key).
    velocity: 1..127.
    """

    onset: int
    duration: int
    pitch: int
    velocity: int

    def __post_init__(self) -> None:
        """Refuse what no synthesiser can play."""
        if self.onset < 0:
            raise ValueError(f"note onset {self.onset}: must be 0 or more ticks")
        if not 1 <= self.duration <= TICKS_PER_BAR:
            raise ValueError(f"note duration {self.duration}: must be 1..{TICKS_PER_BAR} ticks")
        if not 0 <= self.pitch <= 127:
            raise ValueError(f"note pitch {self.pitch}: must be 0..127")
        if not 1 <= self.velocity <= 127:
            raise ValueError(f"note velocity {self.velocity}: must be 1..127")

    @property
    def end(self) -> int:
        """Tick of the release, counted from the bar line."""
        return self.onset + self.duration


class Bar(msgspec.Struct, frozen=True):
    """The notes of one voice in one bar, in order of onset; every onset lies inside the length (ticks)."""

    notes: tuple[Note, ...] = ()
    length: int = TICKS_PER_BAR

    def __post_init__(self) -> None:
        """Refuse onsets outside the bar."""
        if self.notes and max(note.onset for note in self.notes) >= self.length:
            raise ValueError(f"a note starts after the end of its bar ({self.length} ticks)")

    @classmethod
    def of(cls, notes: Iterable[Note], length: int = TICKS_PER_BAR) -> "Bar":
        """Build a bar from notes in any order."""
        return cls(tuple(sorted(notes)), length)

    def before(self, tick: int) -> "Bar":
        """Return the part whose onsets lie before `tick`."""
        return Bar(tuple(n for n in self.notes if n.onset < tick), self.length)

    def since(self, tick: int) -> "Bar":
        """Return the part whose onsets lie at or after `tick`."""
        return Bar(tuple(n for n in self.notes if n.onset >= tick), self.length)


EMPTY_BAR = Bar()
