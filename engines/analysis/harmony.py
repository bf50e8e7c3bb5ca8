"""Chords and keys from notes, together: the likeliest path through (key, chord), one per frame of the metre.

A frame tells of its chord by which pitch classes sound and what lies lowest; chords follow each other as numerals do in
the key; keys change where chords do, and a chord before a change is heard in the new key, too (a pivot). All odds are
an idiom's, counted in human analyses; of several idioms the likeliest speaks.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.analysis.idiom import Odds
from engines.analysis.metre import HALF, Grid
from engines.analysis.music import Floats, Ints, Music, Track
from engines.analysis.settings import Decoding
from engines.analysis.sound import SILENT, lowest, presence
from engines.analysis.words import KEYS, KINDS, STATES
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.quality import QUALITIES

Odd = NDArray[np.floating[Any]]
BLOCK: Final = 256
"""Frames that are looked at together; bounds memory."""


class Heard(msgspec.Struct, frozen=True):
    """A chord from `tick` to `end` in a key; silence has none."""

    tick: int
    end: int
    chord: Chord
    key: Key


class Path(msgspec.Struct, frozen=True, eq=False):
    """The best path: keys and chords (numbers of `words`) int64 [frames], its logarithm, and the idiom's name."""

    keys: Ints
    chords: Ints
    value: float
    idiom: str


def harmony(
    music: Music, grid: Grid, lead: Track | None, idioms: dict[str, Odds], using: Decoding
) -> tuple[tuple[Heard, ...], str]:
    """Return the chords of a music in order, and the idiom that fits best ("" where nothing is pitched)."""
    if not len(music.pitched):
        return (), ""
    low = lowest(_ringing(music.pitched, using), grid.frames)
    sound = _sound(music, grid, lead, using)
    path = max((_search(sound, low, grid.levels, each, using) for each in idioms.items()), key=_value)
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


def _search(sound: Floats, low: Ints, levels: Ints, named: tuple[str, Odds], using: Decoding) -> Path:
    """Return the best path (Viterbi); of the chords before a frame only those within `margin` of the best go on."""
    name, odds = named
    frames, keys = len(sound), np.arange(len(KEYS))[:, None]
    before = np.zeros((2, frames, len(KEYS), STATES), np.uint8)
    every = np.broadcast_to(np.arange(STATES, dtype=np.uint8), (len(KEYS), STATES))
    follow, move = odds.follow * np.float32(using.follow), odds.move.astype(np.float32)
    value: Odd = (using.follow * odds.first).astype(np.float32)
    for frame, score in enumerate(_scores(sound, low, odds, using)):
        if not frame or low[frame] == SILENT:  # nothing changes in silence
            before[0, frame], before[1, frame], value = keys, every, value + score
            continue
        hold, turn = odds.hold[levels[frame]], odds.turn[levels[frame]]
        tried = np.flatnonzero(value.max(axis=0) > value.max() - using.margin)
        alive = value[:, tried]
        moved = alive[:, None, :] + move[:, :, None]
        origin = moved.argmax(axis=0)
        arrived = np.take_along_axis(moved, origin[None], axis=0)[0]
        home = alive + odds.stay >= arrived + odds.leave
        ready = np.where(home, alive + odds.stay, arrived + odds.leave)
        paths = ready[:, :, None] + follow[:, tried, :]
        best = paths.argmax(axis=1)
        turned = np.take_along_axis(paths, best[:, None, :], axis=1)[:, 0] + turn
        held = value + hold
        which = turned > held
        after = np.where(which, turned, held)
        came = np.where(home, keys, origin)
        before[0, frame] = np.where(which, came[keys, best], keys)
        before[1, frame] = np.where(which, tried[best], every)
        pivot = arrived + odds.pivot + turn
        better = pivot > after[:, tried]
        before[0, frame][:, tried] = np.where(better, origin, before[0, frame][:, tried])
        before[1, frame][:, tried] = np.where(better, tried, before[1, frame][:, tried])
        after[:, tried] = np.where(better, pivot, after[:, tried])
        value = after + score
    return _traced(value + using.follow * odds.last, before, name)


def _scores(sound: Floats, low: Ints, odds: Odds, using: Decoding) -> Iterator[Odd]:
    """Yield what each frame's sound says of every key and chord, float32 [K, C]; silence says nothing."""
    tone, silence = (using.sound * odds.tone.T).astype(np.float32), (using.sound * odds.silence).astype(np.float32)
    bass = (using.bass * odds.bass.T).astype(np.float32)
    for start in range(0, len(sound), BLOCK):
        block = sound[start : start + BLOCK].astype(np.float32) @ tone + silence
        for row, pitch in zip(block.reshape(-1, len(KEYS), STATES), low[start : start + BLOCK].tolist(), strict=True):
            yield row + bass[pitch % 12] if pitch != SILENT else np.zeros_like(row)


def _traced(value: Odd, before: NDArray[np.uint8], name: str) -> Path:
    frames = before.shape[1]
    keys, chords = np.zeros(frames, np.int64), np.zeros(frames, np.int64)
    key, chord = np.unravel_index(int(value.argmax()), value.shape)
    for frame in range(frames - 1, -1, -1):
        keys[frame], chords[frame] = key, chord
        key, chord = before[0, frame, key, chord], before[1, frame, key, chord]
    return Path(keys, chords, float(value.max()), name)


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
