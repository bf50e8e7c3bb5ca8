"""Chords: a root, a quality and the note that lies lowest."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

import msgspec

from engines.theory.held import match_held
from engines.theory.key import Key
from engines.theory.pitch import TheoryError, name, nearest, note_of, plain, quote, split_note
from engines.theory.quality import QUALITIES, quality_of, suffix

# how roots are usually written where no key says otherwise: Db, but C#m; always Eb, F# and Bb
_FLAT_ROOTS: Final = frozenset({1, 3, 8, 10})
_FLAT_MINOR_ROOTS: Final = frozenset({3, 10})
_LOWERED: Final = frozenset({1, 3, 5, 8, 10})  # intervals whose black keys over a natural root are flats
_BASS: Final = re.compile(r"/\s*([A-G](?:##|bb|#|b|x)?)$")


class Chord(msgspec.Struct, frozen=True, tag=True):
    """A chord: root 0..11, quality (a name in QUALITIES), bass 0..11 (the root unless inverted or a slash chord)."""

    root: int
    quality: str
    bass: int

    def __post_init__(self) -> None:
        """Refuse what is no pitch class and no quality."""
        if not (0 <= self.root <= 11 and 0 <= self.bass <= 11):
            raise TheoryError(f"chord root {self.root} and bass {self.bass}: must be 0..11")
        if self.quality not in QUALITIES:
            raise TheoryError(f"no chord quality {quote(self.quality)}{nearest(self.quality, QUALITIES)}")

    @classmethod
    def parse(cls, text: str) -> "Chord":
        """Read a chord name such as "Am7/G", "F#ø", "Cmaj9", "C7(b9)"; roots are upper case."""
        return _parse(text)

    @classmethod
    def from_pitches(cls, pitches: Iterable[int], key: Key | None = None) -> "Chord | None":
        """Name held MIDI pitches, the lowest being the bass; None for none.

        Fewest missing and foreign tones win, then root position. One note alone is the diatonic triad on it
        where a key is given, else a power chord.
        """
        held = sorted(pitches)
        if not held:
            return None
        root, quality = match_held(frozenset(pitch % 12 for pitch in held), held[0] % 12, key)
        return cls(root, quality, held[0] % 12)

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes from the root up, in the order of the quality's intervals; a foreign bass last."""
        return _pitch_classes(self.root, self.quality, self.bass)

    @property
    def triad(self) -> str:
        """One of maj, min, dim, aug, sus: what the third and the fifth say; sus where there is no third."""
        return _TRIADS[self.quality]

    @property
    def name(self) -> str:
        """Canonical name, which parses back, spelled as is usual without a key: Db, C#m, D/F#, Cm/Eb."""
        root = name(self.root, self.root in (_FLAT_MINOR_ROOTS if 3 in QUALITIES[self.quality] else _FLAT_ROOTS))
        lowered = root[-1] != "#" and (self.bass - self.root) % 12 in _LOWERED
        return self._written(root, name(self.bass, root[-1] == "b" or lowered))

    def name_in(self, key: Key) -> str:
        """Name spelled as in a key, Bb and not A# in Am; parses back."""
        return self._written(key.spell(self.root), key.spell(self.bass))

    def tones(self, low: int, high: int) -> tuple[int, ...]:
        """All chord tones among the MIDI pitches `low`..`high`, both included, ascending."""
        return _tones(self.root, self.quality, self.bass, low, high)

    def contains(self, pitch: int) -> bool:
        """Whether a MIDI pitch (or pitch class) is a chord tone (a foreign bass is one)."""
        return pitch % 12 in _pitch_classes(self.root, self.quality, self.bass)

    def _written(self, root: str, bass: str) -> str:
        return f"{root}{suffix(self.quality)}" + ("" if self.bass == self.root else f"/{bass}")


def _triad(intervals: tuple[int, ...]) -> str:
    if 4 in intervals:
        return "aug" if 8 in intervals else "maj"
    if 3 in intervals:
        return "dim" if 6 in intervals else "min"
    return "sus"


_TRIADS: Final = {quality: _triad(intervals) for quality, intervals in QUALITIES.items()}


@lru_cache(maxsize=4096)
def _pitch_classes(root: int, quality: str, bass: int) -> tuple[int, ...]:
    tones = tuple((root + interval) % 12 for interval in QUALITIES[quality])
    return tones if bass in tones else (*tones, bass)


@lru_cache(maxsize=4096)
def _tones(root: int, quality: str, bass: int, low: int, high: int) -> tuple[int, ...]:
    classes = _pitch_classes(root, quality, bass)
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in classes)


def _valid(name: str) -> str:
    """Return the name of a chord nearest to one of which only the note is right."""
    try:
        _parse(name)
    except TheoryError:
        root = note_of(name)
        return next(iter(get_close_matches(name, [root + suffix(each) for each in QUALITIES], 1, 0.3)), root)
    return name


@lru_cache(maxsize=1024)
def _parse(text: str) -> Chord:
    short = plain(text)
    if short.upper() in {"N.C.", "NC", "N"}:
        raise TheoryError(f'{quote(text)} (no chord) cannot be played; chords are like "Am", "F#m7", "C/G"')
    root, rest = split_note(short, short, _valid)
    found = _BASS.search(rest)
    written = rest[: found.start()] if found else rest
    quality = quality_of(written)
    if quality is None:
        start = short[: len(short) - len(rest)]
        hint = nearest(short, (start + suffix(each) for each in QUALITIES))
        raise TheoryError(f'no chord {quote(text)}: "{written}" is no quality; such as m, 7, maj7, sus4, dim{hint}')
    return Chord(root, quality, split_note(found.group(1))[0] if found else root)
