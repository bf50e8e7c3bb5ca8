"""Plan: what one bar shall be, decided before anybody writes a note of it."""

import msgspec
from msgspec.structs import replace

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BEAT


class Plan(msgspec.Struct, frozen=True):
    """The conductor's decision for one bar.

    index: bar number since `/play`, from 0 (goes on while a bar is held).
    section: its name in the genre; section_bar: bars since the section began; section_bars: its nominal
        length (a section may go on longer: `section_bar` then exceeds it and counts on).
    phrase_bar: 0..phrase_bars - 1, counted from where the section began.
    upcoming: the section that begins with the next bar where that is known (fills, lifts), else None.
    tension: one value 0..1 per beat; density: per voice 0..1; variation 0..1; energy: of the section, 0..1.
    chords: one per beat; next_chord: the first of the following bar.
    active: the voices that play. bpm: tempo at the bar line, rounded: the jitter of a clock is no wish.
    closing: whether it is the last bar of the music: nothing follows.
    """

    index: int
    genre: str
    section: str
    section_bar: int
    section_bars: int
    phrase_bar: int
    phrase_bars: int
    upcoming: str | None
    energy: float
    tension: tuple[float, float, float, float]
    density: dict[str, float]
    variation: float
    key: Key
    chords: tuple[Chord, Chord, Chord, Chord]
    next_chord: Chord
    active: tuple[str, ...]
    bpm: float
    closing: bool = False

    @property
    def mean_tension(self) -> float:
        """Mean tension of the bar, 0..1."""
        return sum(self.tension) / len(self.tension)

    @property
    def last_of_phrase(self) -> bool:
        """Whether a new phrase (or section) begins with the next bar."""
        return self.phrase_bar == self.phrase_bars - 1 or self.upcoming is not None

    def chord_at(self, tick: int) -> Chord:
        """Return the chord that runs at `tick` of the bar; past the bar line, the next bar's first."""
        beat = tick // TICKS_PER_BEAT
        return self.chords[beat] if beat < len(self.chords) else self.next_chord

    def following(self, old: "Plan", start: int) -> "Plan":
        """Return the plan of a bar that followed `old` until `start`; a beat that has begun there is the new one's."""
        c0, c1, c2, c3 = (
            before if (beat + 1) * TICKS_PER_BEAT <= start else after
            for beat, (before, after) in enumerate(zip(old.chords, self.chords, strict=True))
        )
        return replace(self, chords=(c0, c1, c2, c3))

    def tension_at(self, tick: int) -> float:
        """Return the tension 0..1 at `tick` of the bar."""
        return self.tension[min(tick // TICKS_PER_BEAT, len(self.tension) - 1)]
