"""Control: the frozen snapshot of all that the performer wishes."""

from typing import Literal

import msgspec

from engines.form import Visit
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral
from engines.units import VOICES

Symbol = Chord | Numeral
After = Literal["free", "end", "again"]


class Ramp(msgspec.Struct, frozen=True):
    """A value that moves in a straight line from `start` at `tick0` to `end` at `tick1`, and stays there."""

    start: float
    end: float
    tick0: int = 0
    tick1: int = 0

    def at(self, tick: float) -> float:
        """Return the value at absolute `tick`."""
        if tick >= self.tick1:
            return self.end
        if tick <= self.tick0:
            return self.start
        return self.start + (self.end - self.start) * (tick - self.tick0) / (self.tick1 - self.tick0)


def steady(value: float) -> Ramp:
    """Return the ramp that stands still."""
    return Ramp(value, value)


class Loop(msgspec.Struct, frozen=True, tag=True):
    """Chords that go round, one tuple per bar; numerals follow the key."""

    bars: tuple[tuple[Symbol, ...], ...]


class Fixed(msgspec.Struct, frozen=True, tag=True):
    """One chord until further notice."""

    symbol: Symbol


class Auto(msgspec.Struct, frozen=True, tag=True):
    """The harmony expert chooses."""


Harmony = Loop | Fixed | Auto


class Chair(msgspec.Struct, frozen=True):
    """What the performer wishes of one voice: level and density 0..1 (density .5 = as the whole band).

    expert: a name of the library or `rules`; "" = the line-up of the configuration. version "" = the one in use.
    """

    mute: bool = False
    solo: bool = False
    level: float = 0.8
    density: float = 0.5
    expert: str = ""
    version: str = ""


class Control(msgspec.Struct, frozen=True):
    """All wishes at one instant; `fold.apply` is the only writer.

    harmony_serial and again count how often they were asked for, so that a repeated wish is seen as new.
    held: the chord of the keys held on a MIDI keyboard; it rules over `harmony` until they are released.
    overruled: something else was said of the harmony since a key was pressed: that rules, keys held or not.
    arrangement: the sections that the autopilot takes in turn. after: what comes then: it goes on as genre and form
    expert like (`free`), the music ends (`end`), or they come once more (`again`).
    candidates: how many drafts an expert that chooses among several shall make; 0 = as its card says.
    """

    genre: str
    section: str
    tension: Ramp
    harmony: Harmony
    key: Key
    tempo: Ramp
    density: float = 0.5
    variation: float = 0.3
    humanize: float = 0.3
    swing: float = 0.0
    chairs: dict[str, Chair] = msgspec.field(default_factory=lambda: {voice: Chair() for voice in VOICES})
    held: Symbol | None = None
    overruled: bool = False
    hold: bool = False
    again: int = 0
    autopilot: bool = False
    seed: int = 0
    harmony_serial: int = 0
    arrangement: tuple[Visit, ...] = ()
    after: After = "free"
    candidates: int = 0

    @property
    def by_hand(self) -> Symbol | None:
        """The chord of the keys held where it rules, else None."""
        return None if self.overruled else self.held

    def audible(self, voice: str) -> bool:
        """Whether mute and solo let the voice through: solos silence all others, mute wins over solo."""
        soloed = any(chair.solo for chair in self.chairs.values())
        chair = self.chairs[voice]
        return not chair.mute and (chair.solo or not soloed)

    def density_of(self, voice: str) -> float:
        """Return the density 0..1 asked of one voice: the band's, shifted by the voice's own."""
        return min(1.0, max(0.0, self.density + self.chairs[voice].density - 0.5))
