"""Chord changes for the harmony expert: key-relative tokens, how long each lasts, and what the network sees before it.

A change is a token (root above the relative major's tonic x quality class) and its beats: holding a chord is its
duration, so the network takes one step per change, not one per half bar. Law: decode(encode(bars)) == quantised(bars).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from engines.codec.grid import PHRASE_BARS, fingerprint
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.quality import QUALITIES as INTERVALS
from engines.units import BEATS_PER_BAR

BarChords = tuple[Chord, ...]

# class -> the chord that it plays; "sus" is sus2 as in two of three suspended chords of POP909-CL
PLAYED: Final = {
    "maj": "maj", "min": "min", "dim": "dim", "aug": "aug", "sus": "sus2", "maj7": "maj7", "min7": "m7", "7": "7",
    "hdim": "m7b5", "add": "add9", "other": "5",
}  # fmt: skip
QUALITIES: Final = tuple(PLAYED)
TRIAD: Final = (0, 1, 2, 3, 4, 0, 1, 0, 2, 0, 5)  # major minor diminished augmented suspended unknown, per class
CHORDS: Final = 12 * len(QUALITIES)
FUNCTIONS: Final = ("tonic", "subdominant", "dominant", "foreign")
# (root above the relative major's tonic, triad) -> function, in major and its relative minor alike (after Riemann 1893)
FUNCTION_OF: Final = {
    (0, 0): "tonic", (9, 1): "tonic", (4, 1): "tonic", (5, 0): "subdominant", (2, 1): "subdominant",
    (7, 0): "dominant", (11, 2): "dominant", (4, 0): "dominant",
}  # fmt: skip
NO_ROOT: Final = 12
NO_QUALITY: Final = len(QUALITIES)

DURATIONS: Final = (1, 2, 3, 4, 6, 8)  # beats
NO_DURATION: Final = len(DURATIONS)
LAGS: Final = (1, 2, 4, 8)  # bars: what was running then is what returns now
SECTIONS: Final = ("unknown", "intro", "verse", "lift", "chorus", "break", "outro")
FUNCTION_SECTION: Final = {"intro": "intro", "build": "lift", "breakdown": "break", "drop": "chorus", "outro": "outro"}
LEFT_MAX: Final = 9  # bars left in the section: 0 not told, 1..8 bars, 9 = more
REACH: Final = 48  # changes of the past that are looked through for the lags

POINTER: Final = 32  # width of the copy mechanism's queries and keys
VOCABULARIES: Final = (
    NO_ROOT + 1, NO_QUALITY + 1, NO_DURATION + 1, BEATS_PER_BAR, PHRASE_BARS, 3, len(SECTIONS), LEFT_MAX + 1,
    *(NO_ROOT + 1, NO_QUALITY + 1) * len(LAGS),
)  # fmt: skip
FEATURES: Final = 2 + len(LAGS)
HEADS: Final = (CHORDS, len(DURATIONS), POINTER, POINTER, 1)  # chord, duration, query, key, gate
FINGERPRINT: Final = fingerprint("harmony", 1, QUALITIES, DURATIONS, LAGS, SECTIONS, VOCABULARIES, FEATURES, HEADS)


class Change(msgspec.Struct, frozen=True):
    """A chord from `onset` (beats) on, `beats` long; token = root * 11 + quality class."""

    onset: float
    token: int
    beats: float


class Wish(msgspec.Struct, frozen=True):
    """The conditions of a change; 0 or None = not told.

    mode: 1 major, 2 minor. section: index into SECTIONS. left: bars left in it.
    """

    mode: int = 0
    section: int = 0
    left: int = 0
    tension: float | None = None


def token_of(root: int, quality: str) -> int:
    """Return the token of a root 0..11 above the tonic and a quality class."""
    return root * len(QUALITIES) + QUALITIES.index(quality)


def function_of(token: int) -> int:
    """Return the index in FUNCTIONS of a chord token."""
    root, quality = divmod(token, len(QUALITIES))
    return FUNCTIONS.index(FUNCTION_OF.get((root, TRIAD[quality]), "foreign"))


@lru_cache(maxsize=256)
def quality_class(quality: str) -> str:
    """Return the class of a chord quality of engines.theory by its intervals."""
    tones = {interval % 12 for interval in INTERVALS[quality]}
    if 4 in tones:
        if 8 in tones and 7 not in tones:
            return "aug"
        return "maj7" if 11 in tones else "7" if 10 in tones else "add" if tones & {2, 9} else "maj"
    if 3 in tones:
        if 6 in tones and 7 not in tones:
            return "hdim" if 10 in tones else "dim"
        return "min7" if 10 in tones else "min"
    return "sus" if tones & {2, 5} else "other"


def chord_token(chord: Chord, key: Key) -> int:
    """Return the token of a chord in a key."""
    return token_of((chord.root - key.relative_major) % 12, quality_class(chord.quality))


def token_chord(token: int, key: Key) -> Chord:
    """Return the chord of a token in a key, in root position."""
    root, number = divmod(token, len(QUALITIES))
    pitch_class = (root + key.relative_major) % 12
    return Chord(pitch_class, PLAYED[QUALITIES[number]], pitch_class)


def encode(bars: Sequence[BarChords], key: Key, onset: float = 0.0) -> tuple[Change, ...]:
    """Return the changes of bars of 1, 2 or 4 equally long chords; equal neighbours are one change."""
    changes: list[Change] = []
    for number, chords in enumerate(bars):
        size = BEATS_PER_BAR / len(chords)
        for place, chord in enumerate(chords):
            token = chord_token(chord, key)
            if changes and changes[-1].token == token:
                last = changes.pop()
                changes.append(Change(last.onset, token, last.beats + size))
            else:
                changes.append(Change(onset + number * BEATS_PER_BAR + place * size, token, size))
    return tuple(changes)


def decode(changes: Sequence[Change], key: Key) -> tuple[BarChords, ...]:
    """Return whole bars of 1, 2 or 4 chords; the changes follow each other without gaps from a bar line on."""
    beats = [token_chord(change.token, key) for change in changes for _ in range(round(change.beats))]
    return tuple(_bar(beats[at : at + BEATS_PER_BAR]) for at in range(0, len(beats), BEATS_PER_BAR))


def quantised(bars: Sequence[BarChords], key: Key) -> tuple[BarChords, ...]:
    """Return what the tokens keep: quality classes in root position, each bar with as few chords as it needs."""
    kept = []
    for chords in bars:
        plain = [token_chord(chord_token(chord, key), key) for chord in chords]
        kept.append(_bar([chord for chord in plain for _ in range(BEATS_PER_BAR // len(chords))]))
    return tuple(kept)


def duration_class(beats: float) -> int:
    """Return the index of the nearest duration."""
    return min(range(len(DURATIONS)), key=lambda number: abs(DURATIONS[number] - beats))


def seen(past: Sequence[Change], onset: float, wish: Wish) -> tuple[list[int], list[float]]:
    """Return the tokens [K] and features [F] before the change at `onset`, which is known: the last change's end.

    Tokens: last chord's root and quality, its duration, beat and bar of the onset, mode, section, bars left, and
    the chords that were running LAGS bars ago; features: tension, whether it is told, which of those began there.
    """
    last = past[-1] if past else None
    length = duration_class(last.beats) if last else NO_DURATION
    tokens = [*_parts(last), length, round(onset) % BEATS_PER_BAR, int(onset // BEATS_PER_BAR) % PHRASE_BARS]
    tokens += [wish.mode, wish.section, wish.left]
    began = []
    for lag in LAGS:
        there = onset - BEATS_PER_BAR * lag
        found = next((change for change in reversed(past[-REACH:]) if change.onset <= there + 0.01), None)
        tokens += _parts(found)
        began.append(float(found is not None and abs(found.onset - there) < 0.01))
    return tokens, [wish.tension or 0.0, float(wish.tension is not None), *began]


def _parts(change: Change | None) -> tuple[int, int]:
    return divmod(change.token, len(QUALITIES)) if change else (NO_ROOT, NO_QUALITY)


def _bar(beats: Sequence[Chord]) -> BarChords:
    if all(chord == beats[0] for chord in beats):
        return (beats[0],)
    if beats[0] == beats[1] and beats[2] == beats[3]:
        return (beats[0], beats[2])
    return tuple(beats)
