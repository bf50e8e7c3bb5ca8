"""Voicings of held chords: each voice moves as little as it can."""

from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.theory.chord import Chord
from engines.theory.quality import QUALITIES

Voices = tuple[int, ...]
Rows = NDArray[np.int16]
Costs = NDArray[np.float64]

_WIDEST_GAP = 12  # an octave between neighbours: wider, the chord falls apart
_MAX_CANDIDATES = 1024  # the best-sounding ones; bounds memory and the time of a choice
_DOUBLINGS: Final = {0: 0.0, 7: 0.5, 4: 2.0, 3: 1.5}  # what may sound twice: root, fifth, minor third
_MISSING = 8.0  # more than any movement within a hand's reach saves
_SEMITONE, _WHOLE_TONE = 2.5, 0.4  # rub of neighbours
_MUDDY_BELOW, _MUDDY_GAP, _MUDDY = 52, 5, 1.5  # low interval limit: under E3 thirds growl
_PARALLEL = 0.8  # semitones that a voice may go out of its way to avoid a parallel fifth or octave
_DRIFT = 0.03  # per voice, times the square of the distance from the middle: free near it, firm at the edges
_WIDE = 0.04  # per semitone of span beyond an octave and a half, per voice


def lead_voices(previous: Voices | None, chord: Chord, low: int, high: int, size: int) -> Voices:
    """Return at most `size` chord tones within MIDI `low`..`high`, ascending, moving least from `previous`.

    Root, third and seventh (or what characterises the chord) come first, the fifth goes first; a foreign
    bass is left to the bass. Fewer voices, or none, only where the range holds fewer tones. Deterministic.
    """
    return _lead(previous or (), (chord.root, chord.quality), low, high, size)


@lru_cache(maxsize=8192)
def _lead(previous: Voices, chord: tuple[int, str], low: int, high: int, size: int) -> Voices:
    candidates, static = _candidates(*chord, low, high, size)
    if not len(candidates):
        return ()
    cost = static if not previous else static + _movement(previous, candidates)
    best: list[int] = candidates[int(np.argmin(cost))].tolist()
    return tuple(best)


def _movement(previous: Voices, candidates: Rows) -> Costs:
    """Return semitones moved, all voices together, and the price of parallels.

    On a line, pairing sorted with sorted voices is the optimal assignment; where the number of voices
    changes, every voice, old and new, goes to or comes from its nearest.
    """
    before = np.asarray(sorted(previous), dtype=np.int16)
    if len(before) == candidates.shape[1]:
        moves = candidates - before
        price: Costs = np.abs(moves).sum(axis=1) + _parallels(before, candidates, moves)
        return price
    distances = np.abs(candidates[:, :, None] - before[None, None, :])
    nearest: Costs = distances.min(axis=1).sum(axis=1) + distances.min(axis=2).sum(axis=1)
    return nearest / 2


def _parallels(before: NDArray[np.int16], candidates: Rows, moves: Rows) -> Costs:
    """Return the price of fifths and octaves that move in parallel."""
    price = np.zeros(len(candidates))
    for lower, upper in combinations(range(len(before)), 2):
        interval = int(before[upper] - before[lower])
        if interval % 12 in {0, 7}:
            same = candidates[:, upper] - candidates[:, lower] == interval
            price += _PARALLEL * (same & (moves[:, lower] != 0))
    return price


@lru_cache(maxsize=1024)
def _candidates(root: int, quality: str, low: int, high: int, size: int) -> tuple[Rows, Costs]:
    """Return all sensible voicings, int16 (n, voices), and what each costs by itself, float (n,)."""
    steps = {(root + interval) % 12: interval for interval in _wanted(quality, size)}
    reach = range(max(low, 0), min(high, 127) + 1)
    tones = [pitch for pitch in reach if pitch % 12 in steps]
    if len(tones) < size:
        steps = {(root + interval) % 12: interval for interval in QUALITIES[quality]}
        tones = [pitch for pitch in reach if pitch % 12 in steps]
    count = min(size, len(tones))
    if count <= 0:
        return np.zeros((0, 0), dtype=np.int16), np.zeros(0)
    # span: two octaves, or what it takes to find `count` tones at all
    rows = _stacks(np.array(tones, dtype=np.int16), count, max(24, 12 * -(-count // len(steps))))
    costs = _sound(rows, steps)
    kept = np.argsort(costs, kind="stable")[:_MAX_CANDIDATES]
    drift = _DRIFT * count * (rows[kept].mean(axis=1) - (low + high) / 2) ** 2
    return rows[kept], costs[kept] + drift


def _wanted(quality: str, size: int) -> tuple[int, ...]:
    """Return the intervals to sound with `size` voices, most important first: what names the chord, then the fifth."""
    intervals = QUALITIES[quality]
    third = [each for each in intervals if each in {2, 3, 4, 5}][:1]
    seventh = [each for each in intervals if each in {9, 10, 11}][:1]
    rest = [each for each in reversed(intervals) if each not in {0, 7, *third, *seventh}]
    ranked = [*third, *seventh, *rest[:1], 0, *rest[1:]] if size < 3 < len(intervals) else [0, *third, *seventh, *rest]
    return tuple([*ranked, *(each for each in intervals if each == 7)][: max(size, 1)])


def _stacks(tones: NDArray[np.int16], count: int, span: int) -> Rows:
    """Return the ascending choices of `count` tones within `span`, neighbours at most an octave apart."""
    rows = tones[:, None]
    for _ in range(count - 1):
        gaps = tones[None, :] - rows[:, -1:]
        row, tone = np.nonzero((gaps > 0) & (gaps <= _WIDEST_GAP) & (tones[None, :] - rows[:, :1] <= span))
        rows = np.concatenate([rows[row], tones[tone, None]], axis=1)
    return rows


def _sound(rows: Rows, steps: dict[int, int]) -> Costs:
    """Return what voicings cost wherever they lie: tones left out, doublings, rubs, mud and width."""
    cost: Costs = _WIDE * rows.shape[1] * np.maximum(rows[:, -1] - rows[:, 0] - 18, 0)
    for pc, interval in steps.items():
        sounding = (rows % 12 == pc).sum(axis=1)
        cost += np.where(sounding == 0, _MISSING, np.maximum(sounding - 1, 0) * _DOUBLINGS.get(interval, 2.5))
    gaps = np.diff(rows, axis=1)
    cost += _SEMITONE * (gaps == 1).sum(axis=1) + _WHOLE_TONE * (gaps == 2).sum(axis=1)
    cost += _MUDDY * ((rows[:, :-1] < _MUDDY_BELOW) & (gaps < _MUDDY_GAP)).sum(axis=1)
    for lower, upper in combinations(range(rows.shape[1]), 2):
        if upper - lower > 1:  # a minor ninth rubs as a semitone does
            cost += _SEMITONE * (rows[:, upper] - rows[:, lower] == 13)
    return cost
