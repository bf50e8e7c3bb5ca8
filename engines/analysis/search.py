"""The search for the likeliest path through keys and chords (Viterbi)."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.analysis.music import Floats, Ints
from engines.analysis.odds import Odds
from engines.analysis.settings import Decoding
from engines.analysis.sound import SILENT
from engines.analysis.words import KEYS, STATES

Odd = NDArray[np.floating[Any]]
BLOCK: Final = 256
"""Frames that are looked at together; bounds memory."""


class Frames(msgspec.Struct, frozen=True, eq=False):
    """What is heard, by frame: presence [frames, 12], the lowest pitch, the level of its start [frames].

    lean [K]: what each frame of each key is worth by itself, as the whole leans towards a key.
    """

    sound: Floats
    low: Ints
    levels: Ints
    lean: Floats


class Path(msgspec.Struct, frozen=True, eq=False):
    """The best path: keys and chords (numbers of `words`) int64 [frames], its logarithm, and the idiom's name."""

    keys: Ints
    chords: Ints
    value: float
    idiom: str


def search(heard: Frames, named: tuple[str, Odds], using: Decoding) -> Path:
    """Return the best path (Viterbi); of the chords before a frame only those within `margin` of the best go on."""
    name, odds = named
    low, levels = heard.low, heard.levels
    frames, keys = len(low), np.arange(len(KEYS))[:, None]
    before = np.zeros((2, frames, len(KEYS), STATES), np.uint8)
    every = np.broadcast_to(np.arange(STATES, dtype=np.uint8), (len(KEYS), STATES))
    follow, move = odds.follow * np.float32(using.follow), odds.move.astype(np.float32)
    value: Odd = (using.follow * odds.first).astype(np.float32)
    for frame, score in enumerate(_scores(heard, odds, using)):
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
    return _traced(value + using.last * odds.last, before, name)


def _scores(heard: Frames, odds: Odds, using: Decoding) -> Iterator[Odd]:
    """Yield what each frame's sound says of every key and chord, float32 [K, C]; silence says nothing."""
    tone, silence = (using.sound * odds.tone.T).astype(np.float32), (using.sound * odds.silence).astype(np.float32)
    bass, lean = (using.bass * odds.bass.T).astype(np.float32), heard.lean.astype(np.float32)[:, None]
    for start in range(0, len(heard.low), BLOCK):
        rows = heard.sound[start : start + BLOCK].astype(np.float32) @ tone + silence
        low = heard.low[start : start + BLOCK].tolist()
        for row, pitch in zip(rows.reshape(-1, len(KEYS), STATES), low, strict=True):
            yield row + bass[pitch % 12] + lean if pitch != SILENT else np.zeros_like(row)


def _traced(value: Odd, before: NDArray[np.uint8], name: str) -> Path:
    frames = before.shape[1]
    keys, chords = np.zeros(frames, np.int64), np.zeros(frames, np.int64)
    key, chord = np.unravel_index(int(value.argmax()), value.shape)
    for frame in range(frames - 1, -1, -1):
        keys[frame], chords[frame] = key, chord
        key, chord = before[0, frame, key, chord], before[1, frame, key, chord]
    return Path(keys, chords, float(value.max()), name)
