"""Tonic: the key of chords whose key nobody told."""

from typing import Final

from engines.homecoming import told_home
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Loop, in_key

USUAL: Final = Key.parse("Am")
RELATIVE: Final = Key.parse("C")
KEYS: Final = (USUAL, RELATIVE, *(Key(tonic, mode) for tonic in range(12) for mode in ("minor", "major")))


def key_of(loop: Loop) -> Key:
    """Return the major or minor key in which the fewest tones of a loop are foreign.

    Of equals the one that begins at home, then that which ends there, then that which comes there at all: C G Am F is
    in C, Am F C G in A minor. Numerals alone tell the mode: A minor or C.
    """
    named = any(isinstance(symbol, Chord) for bar in loop for symbol in bar)
    return min(KEYS if named else (USUAL, RELATIVE), key=lambda key: _strangeness(loop, key))


def _strangeness(loop: Loop, key: Key) -> tuple[int, bool, bool, bool]:
    """Return how badly a key fits: foreign tones of all chords, no home at the beginning, at the end, anywhere."""
    chords = tuple(in_key(symbol, key) for bar in loop for symbol in bar)
    foreign = sum(not key.contains(tone) for chord in chords for tone in chord.pitch_classes)
    first, last, any_ = (told_home([part], key) is None for part in (chords[:1], chords[-1:], chords))
    return foreign, first, last, any_
