"""What no corpus says of a bar, measured or guessed: ranks within the corpus, and the part of a track it belongs to."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engines.codec.grid import FUNCTIONS

Floats = NDArray[np.float32]
BLOCK_BARS = 8
QUIET, LOUD = 0.34, 0.66  # quantiles of a song's blocks: a third is breakdown, a third drop
START, END = 0.15, 0.93  # shares of the song before and behind which it begins and ends


def ranks(values: Floats) -> Floats:
    """Return each value's rank among all, 0..1."""
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray(order / max(1, len(values) - 1), np.float32)


def by_corpus(corpora: Sequence[str], raw: Sequence[Floats], ranked: Callable[[Floats, str], Floats]) -> list[Floats]:
    """Return `ranked` of all bars of each corpus together, taken apart again by song. raw: [bars, ..] per song."""
    found: list[Floats] = [np.empty(0, np.float32)] * len(raw)
    for corpus in set(corpora):
        numbers = [n for n, name in enumerate(corpora) if name == corpus]
        whole = ranked(np.concatenate([raw[n] for n in numbers]), corpus)
        ends = np.cumsum([len(raw[n]) for n in numbers])[:-1]
        for n, part in zip(numbers, np.split(whole, ends), strict=True):
            found[n] = part
    return found


def functions(loud: NDArray[np.floating], first: int, song_bars: int) -> list[int]:
    """Guess the part of a track that each bar plays, by the loudness of blocks of eight bars.

    loud: by bar. first, song_bars: where in the song they lie. Good enough to tell quiet from loud, no annotation.
    """
    blocks = np.array([loud[n : n + BLOCK_BARS].mean() for n in range(0, len(loud), BLOCK_BARS)])
    low, high = np.quantile(blocks, (QUIET, LOUD))
    names = ["drop" if x >= high else "breakdown" if x <= low else "other" for x in blocks]
    for n in range(len(names) - 1):
        if names[n] != "drop" and names[n + 1] == "drop":
            names[n] = "build"
    if first < song_bars * START and names[0] != "drop":
        names[0] = "intro"
    if first + len(loud) > song_bars * END and len(names) > 1:
        names[-1] = "outro"
    return [FUNCTIONS.index(names[bar // BLOCK_BARS]) for bar in range(len(loud))]
