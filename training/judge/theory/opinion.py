"""What an analyser says of a song, whoever it is: chords with their keys over time, and one key of the whole."""

from typing import Final, Protocol

import msgspec
import numpy as np

from engines.analysis.analyse import home
from engines.analysis.harmony import harmony
from engines.analysis.lead import lead_of
from engines.analysis.metre import Grid
from engines.analysis.music import Music
from engines.analysis.numerals import named
from engines.analysis.odds import load_idioms
from engines.analysis.settings import settings
from engines.theory import numeral
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral

OURS: Final = "ours"
BASELINE: Final = "baseline"
MUSIC21: Final = "music21"


class Word(msgspec.Struct, frozen=True):
    """One chord from `tick` to `end` in a key; chord None: it names none that we know. numeral: as it writes it."""

    tick: int
    end: int
    key: Key
    chord: Chord | None
    numeral: Numeral | None


class Opinion(msgspec.Struct, frozen=True):
    """Of one song. home: its key as a whole."""

    home: Key
    words: tuple[Word, ...]


class Analyser(Protocol):
    """Whoever has opinions on music."""

    def __call__(self, music: Music) -> Opinion:
        """Return what it says."""


def ours(music: Music) -> Opinion:
    """Return what the engine's analysis says."""
    using = settings()
    heard, _ = harmony(music, Grid(music), lead_of(music, using.lead_names), load_idioms(), using.decoding)
    words = (Word(one.tick, one.end, one.key, one.chord, one.numeral) for one in named(heard))
    return Opinion(home(heard), tuple(words))


def baseline(music: Music) -> Opinion:
    """Return the least that one can say: the pitch class that sounds longest is a major tonic, and all is its triad."""
    notes = music.pitched
    time = np.bincount(notes[:, 2] % 12, weights=notes[:, 1], minlength=12)
    tonic = int(time.argmax())
    chord, key = Chord(tonic, "maj", tonic), Key(tonic, "major")
    return Opinion(key, (Word(0, music.end, key, chord, numeral.of(chord, key)),))
