"""The chords that an analysis tells apart: ten qualities on twelve roots, and their places in a key."""

from functools import lru_cache
from typing import Final

from engines.theory.key import Key
from engines.theory.quality import QUALITIES

KINDS: Final = ("maj", "min", "dim", "aug", "7", "maj7", "m7", "m7b5", "dim7", "sus4")
STATES: Final = len(KINDS) * 12
"""A chord's number: kind * 12 + root; the same above a tonic."""
MODES: Final = ("major", "minor")
KEYS: Final = tuple(Key(tonic, mode) for mode in MODES for tonic in range(12))


@lru_cache(maxsize=128)
def kind_of(quality: str) -> str | None:
    """Return the kind that a quality (a name in QUALITIES) belongs to; None for power chords and what has no third."""
    if quality in KINDS:
        return quality
    tones = {step % 12 for step in QUALITIES[quality]}
    if 4 not in tones and 3 not in tones:
        return "sus4" if tones & {2, 5} else None
    if 4 in tones:
        if 8 in tones:
            return "aug"
        return "7" if 10 in tones else "maj7" if 11 in tones else "maj"
    if 6 in tones and 7 not in tones:
        return "m7b5" if 10 in tones else "dim7" if 9 in tones else "dim"
    return "m7" if 10 in tones else "min"


def number(root: int, kind: str) -> int:
    """Return the number of a chord."""
    return KINDS.index(kind) * 12 + root % 12


def above(state: int, tonic: int) -> int:
    """Return the number that a chord has above a tonic."""
    return state // 12 * 12 + (state - tonic) % 12


def scale_of(key: Key) -> frozenset[int]:
    """Return the key's scale; a minor key may raise its sixth and seventh."""
    return key.pitch_classes | ({(key.tonic + 9) % 12, (key.tonic + 11) % 12} if key.is_minor else frozenset())
