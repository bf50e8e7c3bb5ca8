"""Heard chords as Roman numerals with secondary dominants, and their functions."""

from itertools import zip_longest
from typing import Final, Literal

import msgspec

from engines.analysis.harmony import Heard
from engines.analysis.words import scale_of
from engines.theory import numeral
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral
from engines.theory.quality import QUALITIES

Function = Literal["tonic", "predominant", "dominant", "other"]

_DOMINANTS: Final = frozenset({"maj", "7", "aug"})  # a fifth above what they lead to
_LEADING: Final = frozenset({"dim", "dim7", "m7b5"})  # a semitone below it
_FIFTH, _SEMITONE = 7, 11
_SIX_FOUR: Final = 2
_MEDIANTS: Final = {
    1: "tonic",
    2: "predominant",
    3: "tonic",
    4: "predominant",
    5: "dominant",
    6: "tonic",
    7: "dominant",
}


class Named(msgspec.Struct, frozen=True):
    """A chord with its numeral in its key and its function there."""

    tick: int
    end: int
    chord: Chord
    key: Key
    numeral: Numeral
    function: Function


def named(heard: tuple[Heard, ...]) -> tuple[Named, ...]:
    """Return every chord with numeral and function; each is read by what comes after it."""
    return tuple(_named(one, two) for one, two in zip_longest(heard, heard[1:]))


def _named(one: Heard, two: Heard | None) -> Named:
    after = two.chord if two is not None and two.chord.root != one.chord.root else None
    found = numeral_of(one.chord, one.key, after)
    return Named(one.tick, one.end, one.chord, one.key, found, function(found, one.key, after))


def numeral_of(chord: Chord, key: Key, after: Chord | None = None) -> Numeral:
    """Return the numeral; a chord that the key's scale does not hold is a secondary dominant where it leads on.

    Law: its chord in the key is the chord given. V7/IV and V7/iv need no resolution; a plain major triad does in major
    keys' II only; what could be borrowed as well (bVII, IV in minor) stays itself unless it resolves.
    """
    plain = numeral.of(chord, key)
    target = _target(chord, key)
    if target is None or _own(chord, key) or not (_telling(chord) or _resolves(chord, after)):
        return plain
    over = numeral.of(Chord(target, _triad_on(target, key), target), key)
    inside = numeral.of(chord, Key(target, "minor" if 3 in QUALITIES[over.quality] else "major"))
    return msgspec.structs.replace(inside, applied=over)


def function(found: Numeral, key: Key, after: Chord | None) -> Function:
    """Return what a chord does: secondary dominants are dominants, the cadential six-four is one, too."""
    if found.applied is not None:
        return "dominant"
    if found.degree == 1 and found.inversion == _SIX_FOUR and after is not None and _is_dominant(after, key):
        return "dominant"
    if found.accidental < 0 and found.degree in (2, 6) and after is not None and _is_dominant(after, key):
        return "predominant"  # the Neapolitan and augmented sixths
    if found.accidental < 0 and found.degree == 7 and not key.is_minor:
        return "predominant"  # bVII: the subdominant's subdominant
    if found.accidental > 0:
        return "other"
    return _MEDIANTS[found.degree]  # type: ignore[return-value]


def _is_dominant(chord: Chord, key: Key) -> bool:
    return chord.root == (key.tonic + _FIFTH) % 12 and chord.quality in _DOMINANTS


def _target(chord: Chord, key: Key) -> int | None:
    """Return the degree's root that a dominant leads to; the tonic has its dominants of its own."""
    if chord.quality in _DOMINANTS:
        target = (chord.root - _FIFTH) % 12
    elif chord.quality in _LEADING:
        target = (chord.root - _SEMITONE) % 12
    else:
        return None
    return None if target == key.tonic or not key.contains(target) or _triad_on(target, key) == "dim" else target


def _own(chord: Chord, key: Key) -> bool:
    """Whether the key's own scale holds the chord, or it is common there: the half-diminished second of major keys."""
    if all(pc in scale_of(key) for pc in chord.pitch_classes):
        return not (chord.quality == "7" and chord.root == (key.tonic + 10) % 12)  # VII7 in minor is V7/III
    return chord.quality in {"dim", "m7b5"} and (chord.root - key.tonic) % 12 == 2


def _telling(chord: Chord) -> bool:
    """Whether a chord says by itself that it leads on."""
    return chord.quality in {"7", *_LEADING}


def _resolves(chord: Chord, after: Chord | None) -> bool:
    return after is not None and (chord.root - after.root) % 12 == _FIFTH


def _triad_on(root: int, key: Key) -> str:
    """Return the triad on a degree of the key."""
    third, fifth = ((root + step) % 12 for step in (3, 7))
    if not key.contains(fifth):
        return "dim"
    return "min" if key.contains(third) else "maj"
