"""Chords and keys from notes, together: the likeliest path through (key, chord), one per frame of the metre.

A frame tells of its chord by which pitch classes sound and what lies lowest; chords follow each other as numerals do in
the key; keys change where chords do, and a chord before a change is heard in the new key, too (a pivot). All odds are
an idiom's, counted in human analyses; of several idioms the likeliest speaks.
"""

from itertools import pairwise

import msgspec
import numpy as np

from engines.analysis.metre import HALF, Grid
from engines.analysis.music import Floats, Ints, Music, Track
from engines.analysis.odds import Odds
from engines.analysis.search import Frames, Path, search
from engines.analysis.settings import Decoding
from engines.analysis.sound import SILENT, lowest, presence
from engines.analysis.tonality import likeness
from engines.analysis.words import KEYS, KINDS
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.quality import QUALITIES


class Heard(msgspec.Struct, frozen=True):
    """A chord from `tick` to `end` in a key; silence has none."""

    tick: int
    end: int
    chord: Chord
    key: Key


def harmony(
    music: Music, grid: Grid, lead: Track | None, idioms: dict[str, Odds], using: Decoding
) -> tuple[tuple[Heard, ...], str]:
    """Return the chords of a music in order, and the idiom that fits best ("" where nothing is pitched)."""
    if not len(music.pitched):
        return (), ""
    low = lowest(_ringing(music.pitched, using), grid.frames)
    sound = _sound(music, grid, lead, using)
    heard = Frames(sound, low, grid.levels, using.home * likeness(music.pitched, using.profiles))
    path = max((search(heard, each, using) for each in idioms.items()), key=_value)
    return _spans(path, low, grid), path.idiom


def _value(path: Path) -> float:
    return path.value


def _ringing(notes: Ints, using: Decoding) -> Ints:
    """Return the notes, none of them shorter than what an ear takes for a tone of the harmony."""
    return np.column_stack([notes[:, 0], np.maximum(notes[:, 1], using.least_ticks), notes[:, 2:]])


def _sound(music: Music, grid: Grid, lead: Track | None, using: Decoding) -> Floats:
    """Return the presence of every pitch class by frame [frames, 12]; of a lead among others it counts for less."""
    parts = [(track.notes, using.melody if track is lead else 1.0) for track in music.tracks if not track.drum]
    if len(parts) == 1:
        parts = [(parts[0][0], 1.0)]
    found = np.zeros((len(grid.frames) - 1, 12))
    for notes, weight in parts:
        found = np.maximum(found, weight * presence(_ringing(notes, using), grid.frames))
    return found


def _spans(path: Path, low: Ints, grid: Grid) -> tuple[Heard, ...]:
    """Return runs of one key, chord and bass tone; frames in silence keep what was heard, but open nothing."""
    marks = np.stack([path.keys, path.chords])
    cuts = [0, *(np.flatnonzero(np.diff(marks).any(axis=0)) + 1).tolist(), len(low)]
    found: list[Heard] = []
    for begin, end in pairwise(cuts):
        heard = np.flatnonzero(low[begin:end] < SILENT)
        if len(heard):
            found += _inverted(path, low, grid, begin + int(heard[0]), end)
    return tuple(found)


def _inverted(path: Path, low: Ints, grid: Grid, begin: int, end: int) -> list[Heard]:
    """Return one chord's frames as spans; the lowest chord tone of each half bar is its bass, as chords are broken."""
    key, chord = KEYS[int(path.keys[begin])], int(path.chords[begin])
    root, kind = chord % 12, KINDS[chord // 12]
    tones = [(root + step) % 12 for step in QUALITIES[kind]]
    halves = [n for n in range(begin + 1, end) if grid.levels[n] <= HALF]
    found: list[Heard] = []
    for first, last in pairwise([begin, *halves, end]):
        there = low[first:last][np.isin(low[first:last] % 12, tones) & (low[first:last] < SILENT)]
        bass = int(there.min()) % 12 if len(there) else found[-1].chord.bass if found else root
        ticks = int(grid.frames[first]), int(grid.frames[last])
        if found and found[-1].chord.bass == bass:
            found[-1] = msgspec.structs.replace(found[-1], end=ticks[1])
        else:
            found.append(Heard(*ticks, Chord(root, kind, bass), key))
    return found
