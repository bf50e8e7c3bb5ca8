"""Homecoming: the harmony of the last two bars: what leads home, and home."""

from collections.abc import Iterable
from typing import Final

from engines.genre import Genre
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import in_key, parse_loop

AT_HOME: Final = frozenset({1, 3, 6})
"""Degrees whose triads share two tones with the tonic's, and stand for it (Riemann's tonic and its parallels)."""

OPEN: Final = "5"
"""A chord without a third: major or minor as the key is."""


def home(key: Key) -> Chord:
    """Return the tonic triad of a key's own tones: minor, major, in locrian diminished."""
    found = Chord.from_pitches((key.tonic,), key)
    assert found is not None, "one note is always a chord"
    return found


def led_home(chords: tuple[Chord, ...], key: Key, genre: Genre) -> tuple[Chord, ...]:
    """Return the chords of the bar before the last: where they are at home already, its second half leads there.

    It does so with the chord on which the genre's commonest cadence of that mode ends; without one they stay.
    """
    mode = "minor" if key.is_minor else "major"
    cadences = [cadence for cadence in genre.cadences if cadence.mode == mode and cadence.weight > 0]
    if key.degree(chords[-1].root) not in AT_HOME or not cadences:
        return chords
    commonest = max(cadences, key=lambda cadence: cadence.weight)
    return (chords[0], in_key(parse_loop([commonest.numerals])[-1][-1], key))


def told_home(loop: Iterable[tuple[Chord, ...]], key: Key) -> Chord | None:
    """Return the first chord of a told loop that stands on the tonic and rests, on its root; None: there is none.

    It rests where all its tones are the key's (C7 leads on from C) and its third, if any, is the key's (no Asus4).
    """
    for chord in (chord for bar in loop for chord in bar if chord.root == key.tonic):
        found = Chord(chord.root, chord.quality, chord.root)
        if all(map(key.contains, found.pitch_classes)) and (found.quality == OPEN or found.triad == home(key).triad):
            return found
    return None


def drawn_together(chords: tuple[Chord, ...], last: tuple[Chord, ...], key: Key) -> tuple[Chord, ...]:
    """Return the chords of the bar before the last: their first, then what `last`, the told last bar, leads on with."""
    leading = [chord for chord in last if chord.root != key.tonic]
    return (chords[0], leading[-1]) if leading else chords
