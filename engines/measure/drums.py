"""How near predicted dynamics and timing of hits are to a drummer's."""

import numpy as np
from numpy.typing import ArrayLike


def mean_error(guess: ArrayLike, truth: ArrayLike, struck: ArrayLike) -> float:
    """Return the mean absolute error over the hits, in the unit given; 0 without a hit.

    guess, truth: any shape; struck: the same shape, 1 where there is a hit that counts.
    """
    weight = np.asarray(struck, np.float64)
    error = np.abs(np.asarray(guess, np.float64) - np.asarray(truth, np.float64))
    return float((error * weight).sum() / max(1.0, weight.sum()))
