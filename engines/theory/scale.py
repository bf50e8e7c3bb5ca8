"""Scales as melody writers use them: steps, ladders, and the scale of a chord inside a key."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.quality import QUALITIES

# how many letters above its root a chord tone is spelled: a minor third on the third letter, a #9 on the ninth
_LETTERS: Final = {0: 0, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4, 8: 4, 9: 5, 10: 6, 11: 6}
_EXTENDED: Final = {13: 1, 14: 1, 15: 1, 17: 3, 18: 3, 20: 5, 21: 5}


def scale_steps(pitch: int, key: Key, steps: int) -> int:
    """Move a MIDI pitch by scale steps; a pitch off the scale first falls to its nearest tone (lower if tied).

    Law: on the scale, `steps` and then `-steps` come back. Not clipped to 0..127.
    """
    if steps == 0:
        return pitch
    scale = _ascending(key)
    start = pitch if key.contains(pitch) else nearest_in(pitch, key.pitch_classes)
    octave, above = divmod(start - key.tonic, 12)
    octaves, degree = divmod(scale.index(above) + steps, len(scale))
    return key.tonic + 12 * (octave + octaves) + scale[degree]


def nearest_in(pitch: int, pcs: Iterable[int]) -> int:
    """Return the nearest MIDI pitch 0..127 whose pitch class is in `pcs` (lower if tied); `pitch` if there is none."""
    wanted = pcs if isinstance(pcs, frozenset | set | tuple) else frozenset(pcs)
    for distance in range(12):
        if pitch >= distance and (pitch - distance) % 12 in wanted:
            return pitch - distance
        if pitch + distance <= 127 and (pitch + distance) % 12 in wanted:
            return pitch + distance
    return pitch


def ladder(key: Key, low: int, high: int) -> tuple[int, ...]:
    """Return the tones of a key among MIDI `low`..`high`, both included, ascending."""
    return ladder_of(key.pitch_classes, low, high)


@lru_cache(maxsize=2048)
def ladder_of(pcs: frozenset[int], low: int, high: int) -> tuple[int, ...]:
    """Return the pitches of any set of pitch classes among MIDI `low`..`high`, both included, ascending."""
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in pcs)


@lru_cache(maxsize=4096)
def chord_scale(chord: Chord, key: Key) -> frozenset[int]:
    """Return the pitch classes that sound right over a chord in a key.

    Chord tones are in; a key tone that a foreign chord tone replaces (same letter, a semitone beside it) is
    out: G over E in Am, A over Fm in C. A diatonic chord leaves the key as it is.
    """
    tones = frozenset(chord.pitch_classes)
    replaced = {_replaced(chord, interval, key) for interval in QUALITIES[chord.quality]}
    return tones | (key.pitch_classes - (replaced - tones))


def _replaced(chord: Chord, interval: int, key: Key) -> int:
    """Return the key tone on the letter of a chord tone if it stands a semitone beside it, else the tone itself."""
    tone = (chord.root + interval) % 12
    if key.contains(tone):
        return tone
    letters = _EXTENDED[interval] if interval in _EXTENDED else _LETTERS[interval]
    if chord.quality == "dim7" and interval == 9:
        letters = 6  # a diminished seventh, not a sixth
    neighbour = key.scale[(key.place(chord.root)[0] - 1 + letters) % 7]
    return neighbour if (neighbour - tone) % 12 in {1, 11} else tone


@lru_cache(maxsize=256)
def _ascending(key: Key) -> tuple[int, ...]:
    return tuple((pc - key.tonic) % 12 for pc in key.scale)
