"""Cadences: where phrases come to rest, by what the last two harmonies are.

A cadence needs an arrival: the second harmony begins on a beat, lasts for one or more, and a phrase of the lead (where
there is no lead: a section) or the music ends in it.
"""

from itertools import pairwise
from typing import Final, Literal

import msgspec
import numpy as np

from engines.analysis.metre import PART, Grid, beat
from engines.analysis.music import Ints
from engines.analysis.numerals import Named
from engines.theory.key import Key

Kind = Literal["authentic perfect", "authentic imperfect", "half", "plagal", "deceptive"]

_DOMINANT: Final = 7
_LEADING_TONE: Final = 11
_TRIADS: Final = frozenset({"maj", "min"})
_SUBDOMINANTS: Final = frozenset({"maj", "min", "m7", "maj7"})


class Cadence(msgspec.Struct, frozen=True):
    """A cadence; tick: of its last chord."""

    tick: int
    kind: Kind
    key: Key
    first: str
    last: str


def cadences(chords: tuple[Named, ...], grid: Grid, lead: Ints, ends: frozenset[int] = frozenset()) -> list[Cadence]:
    """Return the cadences in order. lead: the melody's notes int64 [N, 4]; ends: ticks at which phrases end."""
    found = []
    for one, two in pairwise(_roots(chords)):
        kind = _kind(one, two, grid, lead, ends)
        if kind is not None:
            found.append(Cadence(two[0].tick, kind, two[0].key, one[-1].numeral.name, two[0].numeral.name))
    return found


def _roots(chords: tuple[Named, ...]) -> list[list[Named]]:
    """Return runs of chords on one root in one key; a cadential six-four belongs to its dominant."""
    runs: list[list[Named]] = []
    for chord in chords:
        last = runs[-1][-1] if runs else None
        if last is not None and last.key == chord.key and _root(last) == _root(chord):
            runs[-1].append(chord)
        else:
            runs.append([chord])
    return runs


def _root(chord: Named) -> int:
    cadential = chord.function == "dominant" and chord.numeral.degree == 1 and chord.numeral.applied is None
    return (chord.key.tonic + _DOMINANT) % 12 if cadential else chord.chord.root


def _kind(one: list[Named], two: list[Named], grid: Grid, lead: Ints, ends: frozenset[int]) -> Kind | None:
    """Return what the step from one root to the next is, None for no cadence."""
    first, last = one[-1], two[0]
    if last.key != first.key or first.end != last.tick:
        return None
    leading = (first.key.tonic + _LEADING_TONE) % 12 in first.chord.pitch_classes  # v and VII are no dominants here
    dominant = first.function == "dominant" and first.numeral.applied is None and leading
    tonic = last.numeral.degree == 1 and last.chord.triad in _TRIADS and last.numeral.accidental == 0
    if not _arrives(two, grid, ends):
        return None
    if dominant and tonic and last.numeral.inversion != 2:
        perfect = (
            first.numeral.degree in (5, 1)
            and first.chord.bass == (first.key.tonic + _DOMINANT) % 12
            and last.numeral.inversion == 0
            and _top(lead, last) == last.key.tonic
        )
        return "authentic perfect" if perfect else "authentic imperfect"
    if dominant and first.numeral.degree in (5, 1) and last.numeral.degree == 6 and last.chord.triad in _TRIADS:
        return "deceptive"
    if tonic and first.numeral.degree == 4 and first.chord.quality in _SUBDOMINANTS and last.numeral.inversion == 0:
        return "plagal"
    half = last.numeral.degree == 5 and last.numeral.applied is None and last.chord.quality == "maj"
    if half and two[-1].chord.quality == "maj" and last.numeral.inversion == 0 and _phrase_ends(two, ends):
        return "half"
    return None


def _arrives(two: list[Named], grid: Grid, ends: frozenset[int]) -> bool:
    """Whether a harmony is one to rest on: it begins on a beat, lasts for one, and a phrase or the music ends in it."""
    tick, end = two[0].tick, two[-1].end
    step = beat(grid.metre(tick))
    if grid.level(tick) == PART or end - tick < step:
        return False
    return _phrase_ends(two, ends) or end >= grid.end - step


def _phrase_ends(two: list[Named], ends: frozenset[int]) -> bool:
    return any(two[0].tick < tick <= two[-1].end for tick in ends)


def _top(lead: Ints, chord: Named) -> int | None:
    """Return the pitch class of the lead's note that sounds as a chord begins or next within it."""
    inside = lead[(lead[:, 0] < chord.end) & (lead[:, 0] + lead[:, 1] > chord.tick)]
    return int(inside[np.argmax(inside[:, 0] >= chord.tick), 2]) % 12 if len(inside) else None
