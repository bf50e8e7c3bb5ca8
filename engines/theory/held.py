"""What chord a hand holds: the best match of held pitch classes among the chords people play."""

from functools import lru_cache
from typing import Final

from engines.theory.key import Key
from engines.theory.quality import QUALITIES

# how much a quality must be asked for before it is believed: plain triads are what is usually meant
_DOUBT: Final = {
    **dict.fromkeys(("maj", "min"), 0.0),
    "5": 0.1,
    **dict.fromkeys(("dim", "7", "maj7", "m7"), 0.2),
    **dict.fromkeys(("m7b5", "dim7", "add9", "madd9"), 0.3),
    **dict.fromkeys(("sus4", "sus2"), 0.35),
    **dict.fromkeys(("6", "mMaj7", "9", "maj9", "m9", "7sus4"), 0.4),
    **dict.fromkeys(("m6", "7b9", "7#9", "m11", "13", "6/9", "maj7#11"), 0.5),
    **dict.fromkeys(("aug", "7#5", "7b5", "9sus4", "m6/9", "add11", "madd11", "7add13", "maj13", "m13"), 0.6),
    **dict.fromkeys(("11", "m7add11", "maj7#5", "b5", "13sus4", "7#11", "mMaj9"), 0.7),
    **dict.fromkeys(("7sus2", "maj7sus2", "maj7sus4", "7b13", "7#5#9", "7b9b13", "9#11", "m9b5", "dimMaj7"), 0.9),
}
_INVERTED = 0.5
_FOREIGN_BASS = 0.75  # F/G, Am/D: a triad over a note of its own
_FOREIGN_TONE = 2.0
_LEFT_OUT: Final = {7: 0.3, 3: 0.5, 4: 0.5}  # players leave out fifths, and thirds of shells
_MISSING = 1.0
_OFF_KEY = 0.15


@lru_cache(maxsize=4096)
def match_held(held: frozenset[int], bass: int, key: Key | None) -> tuple[int, str]:
    """Return root 0..11 and quality of the chord that fits pitch classes `held` (not empty, `bass` among them)."""
    if len(held) == 1:
        return bass, _triad_on(bass, key) if key else "5"
    choices = [(_cost(held, bass, root, quality, key), root, quality) for root in sorted(held) for quality in _DOUBT]
    choices += [
        (_FOREIGN_BASS + _cost(held - {bass}, root, root, quality, key), root, quality)
        for root in sorted(held - {bass})
        for quality in ("maj", "min")
    ]
    _, root, quality = min(choices, key=lambda choice: choice[0])
    return root, quality


def _cost(held: frozenset[int], bass: int, root: int, quality: str, key: Key | None) -> float:
    """Return how badly a chord fits: tones missing, tones foreign, inversion, rarity, tones off the key."""
    intervals = QUALITIES[quality]
    tones = {(root + interval) % 12: interval for interval in intervals}
    missing = sum(_LEFT_OUT.get(interval, _MISSING) for pc, interval in tones.items() if pc not in held)
    foreign = sum(pc not in tones for pc in held)
    off_key = sum(not key.contains(pc) for pc in tones) if key else 0
    inverted = _INVERTED if bass != root else 0.0
    return missing + foreign * _FOREIGN_TONE + inverted + _DOUBT[quality] + off_key * _OFF_KEY


def _triad_on(root: int, key: Key) -> str:
    """Return the triad on `root` with most tones in the key."""
    return max(("maj", "min", "dim"), key=lambda quality: sum(key.contains(root + step) for step in QUALITIES[quality]))
