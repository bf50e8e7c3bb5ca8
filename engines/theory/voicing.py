"""Voicings of held chords: each voice moves as little as it can."""

from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.theory.chord import Chord
from engines.theory.quality import QUALITIES

Voices = tuple[int, ...]

_WIDEST_GAP = 12  # an octave between neighbours: wider, the chord falls apart
_MAX_CANDIDATES = 4096  # bounds a build at some milliseconds for the widest ranges
_DOUBLINGS: Final = {0: 0.0, 7: 0.5, 4: 2.0, 3: 1.5}  # what may sound twice: root, fifth, minor third
_SEMITONE, _WHOLE_TONE = 2.5, 0.4  # rub of neighbours
_MUDDY_BELOW, _MUDDY_GAP, _MUDDY = 52, 5, 1.5  # low interval limit: under E3 thirds growl
_PARALLEL = 1.5  # a parallel fifth or octave costs as much as moving one voice by 1.5 semitones
_DRIFT = 0.12  # per semitone between the chord's mean and the middle of the range, per voice
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


def _movement(previous: Voices, candidates: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return semitones moved, all voices together, and the price of parallels.

    On a line, pairing sorted with sorted voices is the optimal assignment; where the number of voices
    changes, every voice, old and new, goes to or comes from its nearest.
    """
    before = np.asarray(sorted(previous), dtype=np.int16)
    if len(before) == candidates.shape[1]:
        moves = candidates - before
        price: NDArray[np.float64] = np.abs(moves).sum(axis=1) + _parallels(before, candidates, moves)
        return price
    distances = np.abs(candidates[:, :, None] - before[None, None, :])
    nearest: NDArray[np.float64] = distances.min(axis=1).sum(axis=1) + distances.min(axis=2).sum(axis=1)
    return nearest / 2


def _parallels(
    before: NDArray[np.int16], candidates: NDArray[np.int16], moves: NDArray[np.int16]
) -> NDArray[np.float64]:
    """Return the price of fifths and octaves that move in parallel."""
    price = np.zeros(len(candidates))
    for lower, upper in combinations(range(len(before)), 2):
        interval = int(before[upper] - before[lower])
        if interval % 12 in {0, 7}:
            same = candidates[:, upper] - candidates[:, lower] == interval
            price += _PARALLEL * (same & (moves[:, lower] != 0))
    return price


@lru_cache(maxsize=512)
def _candidates(
    root: int, quality: str, low: int, high: int, size: int
) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
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
    rows = _stacks(tones, count)
    costs = np.array([_static(row, steps, (low + high) / 2) for row in rows])
    return np.array(rows, dtype=np.int16), costs


def _wanted(quality: str, size: int) -> tuple[int, ...]:
    """Return the intervals to sound with `size` voices, most important first: what names the chord, then the fifth."""
    intervals = QUALITIES[quality]
    third = [each for each in intervals if each in {2, 3, 4, 5}][:1]
    seventh = [each for each in intervals if each in {9, 10, 11}][:1]
    rest = [each for each in reversed(intervals) if each not in {0, 7, *third, *seventh}]
    ranked = [*third, *seventh, *rest[:1], 0, *rest[1:]] if size < 3 < len(intervals) else [0, *third, *seventh, *rest]
    return tuple([*ranked, *(each for each in intervals if each == 7)][: max(size, 1)])


def _stacks(tones: list[int], count: int) -> list[Voices]:
    """Return ascending choices of `count` tones, neighbours at most an octave apart; never none."""
    stacks: list[Voices] = [(tone,) for tone in tones]
    for _ in range(count - 1):
        stacks = [(*stack, tone) for stack in stacks for tone in tones if 0 < tone - stack[-1] <= _WIDEST_GAP]
        if len(stacks) > _MAX_CANDIDATES:
            stacks = stacks[:: len(stacks) // _MAX_CANDIDATES + 1]
    return stacks or [tuple(tones[:count])]


def _static(row: Voices, steps: dict[int, int], middle: float) -> float:
    """Return what a voicing costs wherever it comes from: tones left out, doublings, rubs, mud, distance, width."""
    counts = {pc: sum(pitch % 12 == pc for pitch in row) for pc in steps}
    missing = sum(8.0 for each in counts.values() if each == 0)
    doubled = sum((each - 1) * _DOUBLINGS.get(steps[pc], 2.5) for pc, each in counts.items() if each > 1)
    gaps = [(lower, upper - lower) for lower, upper in pairwise(row)]
    rubs = sum(_SEMITONE if gap == 1 else _WHOLE_TONE if gap == 2 else 0.0 for _, gap in gaps)
    mud = sum(_MUDDY for lower, gap in gaps if lower < _MUDDY_BELOW and gap < _MUDDY_GAP)
    ninths = sum(_SEMITONE for at, lower in enumerate(row) for upper in row[at + 2 :] if upper - lower == 13)
    drift = _DRIFT * len(row) * abs(sum(row) / len(row) - middle)
    return missing + doubled + rubs + mud + ninths + drift + _WIDE * len(row) * max(row[-1] - row[0] - 18, 0)
