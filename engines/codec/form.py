"""Forms for the form expert: blocks of a function and a length in phrases, and what the network sees before each.

A phrase is the grid of the form: 8 bars in dance music, 4 in the pop and rock songs that were learned from. So a verse
of 8 bars there is a groove of 16 here, and no section ever leaves the grid. Law: a block's class is its nearest length.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from engines.codec.grid import FUNCTIONS, fingerprint

LENGTHS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16)  # phrases
END: Final = len(FUNCTIONS)  # what follows the last block
START: Final = len(FUNCTIONS)  # what came before the first
NO_LENGTH: Final = len(LENGTHS)
COUNTED: Final = 16  # blocks; more are not told apart

_SIZES: Final = len(LENGTHS) + 1
VOCABULARIES: Final = (len(FUNCTIONS) + 1, _SIZES, len(FUNCTIONS) + 1, COUNTED, *(_SIZES,) * len(FUNCTIONS))
FEATURES: Final = 4 + len(FUNCTIONS)
HEADS: Final = (len(FUNCTIONS) + 1, *(len(LENGTHS),) * len(FUNCTIONS))  # function or end; length per function
# round numbers near the largest value that songs show, so that features stay about 0..1
_PHRASES: Final = 32.0
_VISITS: Final = 4.0

FINGERPRINT: Final = fingerprint("form", 1, LENGTHS, VOCABULARIES, FEATURES, HEADS)


class Block(msgspec.Struct, frozen=True):
    """function: index into FUNCTIONS. phrases: length, 1 or more."""

    function: int
    phrases: int


def phrases_of(bars: int, phrase_bars: int) -> int:
    """Return the nearest length in phrases, 1 at least; halves go up."""
    return max(1, (2 * bars + phrase_bars) // (2 * phrase_bars))


def length_class(phrases: int) -> int:
    """Return the index of the nearest length; of two equally near ones the shorter."""
    return min(range(len(LENGTHS)), key=lambda number: abs(LENGTHS[number] - phrases))


def seen(past: Sequence[Block], total: int | None) -> tuple[list[int], list[float]]:
    """Return the tokens [K] and features [F] before the block that follows `past`.

    total: phrases of the whole form, None = not told. Tokens: last block's function and length, the function before
    it, how many blocks, and per function the length when it came last (what returns is mostly as long as it was).
    Features: phrases so far, whether the total is told, the total, the share done, and how often each function came.
    """
    own = {block.function: length_class(block.phrases) for block in past}
    last, before = ((past[-place] if len(past) >= place else None) for place in (1, 2))
    tokens = [
        last.function if last else START,
        length_class(last.phrases) if last else NO_LENGTH,
        before.function if before else START,
        min(len(past), COUNTED - 1),
        *(own.get(function, NO_LENGTH) for function in range(len(FUNCTIONS))),
    ]
    done = sum(block.phrases for block in past)
    told = [0.0, 0.0, 0.0] if total is None else [1.0, total / _PHRASES, min(2.0, done / max(1, total))]
    came = [sum(block.function == function for block in past) / _VISITS for function in range(len(FUNCTIONS))]
    return tokens, [done / _PHRASES, *told, *came]
