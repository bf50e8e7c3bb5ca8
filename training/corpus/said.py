"""What a person says of a song, chord by chord."""

import msgspec

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral


class Said(msgspec.Struct, frozen=True):
    """One chord of a human analysis, from `tick` to `end`; key, numeral None: the analyst told none."""

    tick: int
    end: int
    chord: Chord
    key: Key | None = None
    numeral: Numeral | None = None
