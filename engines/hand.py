"""Hand: how a player's timing and loudness wander about what is written.

A player drifts and has habits; white jitter has neither. Four things add up, in units of one standard deviation: a
drift that each step takes over from the step before, a habit of each sixteenth of the beat and one of each step of the
bar, which both last for bars, and what is each stroke's own. All of it is a pure function of seed and bar number: no
bar needs the bars before it, and yet nothing starts anew at a bar line.
"""

from functools import lru_cache
from typing import Annotated, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT

Floats = NDArray[np.float64]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Kept = Annotated[float, msgspec.Meta(ge=0, lt=1)]

BARS: Final = 32  # a habit remembers so many: of one that keeps .92 a bar, 7 % is left
DRIFT_BARS: Final = 3  # a drift so many more: of one that keeps .9 a step, less than 1 % is left
ROUNDING: Final = 1e-6
WORD: Final = 2**32  # seeds know no minus; a bar number may
DRIFT: Final = slice(0, STEPS_PER_BAR)
BEAT: Final = slice(DRIFT.stop, DRIFT.stop + STEPS_PER_BEAT)
BAR: Final = slice(BEAT.stop, BEAT.stop + STEPS_PER_BAR)
STROKE: Final = slice(BAR.stop, BAR.stop + STEPS_PER_BAR)


class Wander(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one quantity wanders, in shares of its variance that make 1.

    drift, of which a step keeps `drift_keeps`; beat, bar: habits of a sixteenth in the beat, of a step in the bar,
    of which a bar keeps `habit_keeps`; stroke: an onset's own; note: a note's own, which sets it off its chord.
    spread: standard deviation of the players it was learned from, ticks or velocity points; how far notes really
    move is the genre's to say.
    """

    drift: Share = 0.0
    beat: Share = 0.0
    bar: Share = 0.0
    stroke: Share = 0.0
    note: Share = 1.0
    drift_keeps: Kept = 0.0
    habit_keeps: Kept = 0.0
    spread: Annotated[float, msgspec.Meta(ge=0)] = 0.0

    def __post_init__(self) -> None:
        """Refuse shares that make more or less than the whole."""
        whole = self.drift + self.beat + self.bar + self.stroke + self.note
        if abs(whole - 1.0) > ROUNDING:
            raise ValueError(f"shares of a wander make {whole:.6g}: must be 1")

    def strokes(self, seed: int, bar: int) -> Floats:
        """Return what all notes of an onset share, [16] by step, in standard deviations; seed from 0."""
        if self.note >= 1.0:
            return np.zeros(STEPS_PER_BAR)
        drawn = _drawn(seed, bar)
        habits = _faded(self.habit_keeps, BARS) @ drawn
        weights = _faded(self.drift_keeps, DRIFT_BARS * STEPS_PER_BAR + 1)[::-1]
        drift = np.convolve(drawn[-DRIFT_BARS - 1 :, DRIFT].ravel(), weights, "valid")
        beat = np.tile(habits[BEAT], STEPS_PER_BAR // STEPS_PER_BEAT)
        shares = np.sqrt([self.drift, self.beat, self.bar, self.stroke])
        return np.asarray(shares @ np.stack([drift, beat, habits[BAR], drawn[-1, STROKE]]))


class Hand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One voice's player: how late (of onset) and how loud (of velocity) it wanders. The default is white jitter."""

    late: Wander = Wander()
    loud: Wander = Wander()


WHITE: Final = Hand()


@lru_cache(maxsize=64)  # of five voices, two quantities, two sheets each; the same numbers for ever
def _sheet(seed: int, number: int) -> Floats:
    """Return the normal numbers of BARS bars, [BARS, STROKE.stop]."""
    return np.random.default_rng((seed, number % WORD)).standard_normal((BARS, STROKE.stop))


def _drawn(seed: int, bar: int) -> Floats:
    """Return the numbers of a bar and of the BARS - 1 before it."""
    number, row = divmod(bar, BARS)
    both = np.concatenate([_sheet(seed, number), _sheet(seed, number + 1)])  # sheet 0 lies before the first bar
    return both[row + 1 : row + 1 + BARS]


@lru_cache(maxsize=32)
def _faded(keeps: float, size: int) -> Floats:
    """Return the weights of the last `size` numbers, oldest first, of a process that keeps so much; of variance 1."""
    weights = keeps ** np.arange(size - 1.0, -1.0, -1.0)
    return np.asarray(weights / np.sqrt((weights**2).sum()))
