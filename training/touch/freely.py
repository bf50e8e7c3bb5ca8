"""Which notes were played freely: a stretch of a track that neither a grid nor a swing setting has pulled straight."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.units import TICKS_PER_STEP

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STRETCH: Final = 16  # notes that are judged together
HOP: Final = 4
STRAIGHT: Final = 0.5  # share of a stretch within a tick of one place: of it no more was played freely
DIFFERENT: Final = 8  # places at least, else it is a groove template
LOOSE: Final = 26.0  # ticks of standard deviation at most, else it is no sixteenths
TRIPLET: Final = 40  # ticks between a sixteenth and the triplet beside it
TRIPLETS: Final = 0.2  # share of a stretch within NEAR ticks of a triplet
NEAR: Final = 6
BETWEEN: Final = 48  # ticks from where on it is open to which sixteenth a note belongs
UNSURE: Final = 0.07  # share of a stretch that may lie there
FARTHEST: Final = 45  # ticks: beyond, a note is a grace or a slip
HALF: Final = TICKS_PER_STEP // 2


def wrap(ticks: NDArray[np.generic]) -> Floats:
    """Return how far ticks lie from the nearest step, -60..59."""
    return np.asarray((ticks + HALF) % TICKS_PER_STEP - HALF, np.float64)


def click(onsets: Ints) -> int:
    """Return where in the step, 0..119, most onsets lie, to a tick."""
    counts = np.bincount(onsets % TICKS_PER_STEP, minlength=TICKS_PER_STEP)
    return int((counts + np.roll(counts, 1) + np.roll(counts, -1)).argmax())


def freely(onsets: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Return by how many ticks each onset of a track, in order, is late, and whether it was played freely.

    Onsets count from a bar line of the click. What is played freely is measured from its own median: a player who is
    late throughout, or whose keyboard is, is in time.
    """
    late = wrap(onsets)
    free = np.zeros(len(onsets), bool)
    whole = np.rint(late).astype(np.int64)
    for first in range(0, len(onsets) - STRETCH + 1, HOP):
        stretch = slice(first, first + STRETCH)
        if _free(whole[stretch]):
            free[stretch] = True
    if free.any():
        median = float(np.median(late[free]))
        own = wrap(onsets - median)
        free &= (np.abs(own) <= FARTHEST) & (abs(median) < TRIPLET)
        late = np.where(free, own, late)
    return late, free


def _free(late: Ints) -> bool:
    """Whether a stretch was played freely."""
    counts = np.bincount(late + HALF, minlength=TICKS_PER_STEP + 2)
    together = (counts + np.roll(counts, 1) + np.roll(counts, -1)).max()
    return bool(
        together <= STRETCH * STRAIGHT
        and np.count_nonzero(counts) >= DIFFERENT
        and late.std() < LOOSE
        and np.mean(np.abs(np.abs(late) - TRIPLET) <= NEAR) <= TRIPLETS
        and np.mean(np.abs(late) > BETWEEN) <= UNSURE
    )
