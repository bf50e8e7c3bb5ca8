"""Loops: the shortest row of numerals that goes round for most of a passage, as popular music does."""

from collections.abc import Sequence
from typing import Final

from engines.analysis.numerals import Named

SHORTEST, LONGEST = 2, 16
"""Chords of a loop."""
ROUNDS: Final = 3  # what goes round twice may be chance
SHARE: Final = 0.75  # of the chords that agree with the one a loop earlier


def loop_of(chords: Sequence[Named]) -> str:
    """Return the loop's numerals without inversions, joined by blanks; "" where nothing goes round."""
    roots = [(chord.key, chord.chord.root, chord.chord.quality) for chord in chords]
    kept = [at for at in range(len(roots)) if not at or roots[at] != roots[at - 1]]
    names = [roots[at] for at in kept]
    for size in range(SHORTEST, min(LONGEST, len(names) // ROUNDS) + 1):
        pairs = list(zip(names[size:], names, strict=False))
        if sum(one == two for one, two in pairs) >= SHARE * len(pairs):
            start = _agreeing(names, size)
            return " ".join(_plain(chords[kept[start + n]]) for n in range(size))
    return ""


def _agreeing(names: Sequence[object], size: int) -> int:
    """Return where the loop is first heard and then heard again whole; 0 where it never is."""
    return next(
        (at for at in range(len(names) - 2 * size + 1) if names[at : at + size] == names[at + size : at + 2 * size]), 0
    )


def _plain(chord: Named) -> str:
    numeral = type(chord.numeral)(
        chord.numeral.degree, chord.numeral.accidental, chord.numeral.quality, 0, None, chord.numeral.applied
    )
    return numeral.name
