"""A genre's way with chords: what its loops and cadences say of the next change. Learned harmonies lean on it.

The networks know pop songs; a genre says in a few loops what is its own. Their changes are counted by the chord before
and by their place in the loop, and mixed from the vaguest to the nearest context as n-grams are (Witten & Bell 1991).
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.codec import harmony as codec
from engines.codec.harmony import CHORDS, DURATIONS, QUALITIES, TRIAD
from engines.genre import Cadence, ChordLoop
from engines.theory.key import Key
from engines.theory.numeral import chords_per_beat, in_key, parse_loop
from engines.units import BEATS_PER_BAR

Floats = NDArray[np.float64]
Context = tuple[int | None, int | None]

HOME: Final = {"minor": Key(9, "minor"), "major": Key(0, "major")}
TRIADS: Final = max(TRIAD) + 1
FAMILIES: Final = 12 * TRIADS
FAMILY: Final = np.array([token // len(QUALITIES) * TRIADS + TRIAD[token % len(QUALITIES)] for token in range(CHORDS)])
"""Root and triad of every chord token: a chord whatever it wears, a seventh or a ninth."""
SIZES: Final = np.bincount(FAMILY, minlength=FAMILIES)
HELD: Final = FAMILIES
"""The outcome that the chord before goes on."""
BEGIN: Final = -1
"""What stands before a loop that begins."""
LONGEST: Final = max(DURATIONS)


class Idiom:
    """What comes next in a genre's loops of one mode, as likelihoods of families and durations."""

    def __init__(self, loops: Sequence[ChordLoop], cadences: Sequence[Cadence], mode: str, round_beats: int) -> None:
        """Count what is of a mode (minor, major) by its weight; round_beats: of the loops of whoever asks."""
        self._seen: dict[Context, Floats] = defaultdict(lambda: np.zeros((FAMILIES + 1, len(DURATIONS))))
        self._worn = np.zeros(CHORDS)
        for loop in (each for each in loops if each.mode == mode and each.weight > 0):
            for before, place, token, beats in _events(_beats(loop.numerals, mode), round_beats):
                cell = HELD if before == FAMILY[token] else FAMILY[token], codec.duration_class(beats)
                self._worn[token] += loop.weight
                for context in ((None, None), (None, place), (before, None), (before, place)):
                    self._seen[context][cell] += loop.weight
        ends = [each for each in cadences if each.mode == mode and each.weight > 0]
        self.cadences = [(each.weight, _beats(each.numerals, mode)[::BEATS_PER_BAR]) for each in ends]
        """Weight and chord tokens, one a bar, of each cadence."""
        for weight, tokens in self.cadences:
            np.add.at(self._worn, tokens, weight)
        worn = np.bincount(FAMILY, self._worn, FAMILIES)
        self.own: NDArray[np.bool_] = self._worn > 0
        """Which chord tokens the genre plays, [CHORDS]."""
        self._share = self._worn / np.maximum(worn[FAMILY], np.finfo(float).tiny)

    def after(self, token: int | None, place: int) -> Floats:
        """Return P [FAMILIES + 1, durations] of what begins on a beat of the round; token: before it, or None."""
        before = BEGIN if token is None else int(FAMILY[token])
        found = np.full((FAMILIES + 1, len(DURATIONS)), 1 / ((FAMILIES + 1) * len(DURATIONS)))
        for context in ((None, None), (None, place), (before, None), (before, place)):
            if (seen := self._seen.get(context)) is not None:
                kinds = np.count_nonzero(seen)
                found = (seen + kinds * found) / (seen.sum() + kinds)
        return np.asarray(found)

    def dress(self, freedom: float) -> Floats:
        """Return P(chord | its family) [CHORDS]: as the genre has it, but for a share `freedom` as anybody likes."""
        known = np.bincount(FAMILY, self._share, FAMILIES)[FAMILY] > 0
        free = 1 / SIZES[FAMILY]
        return np.asarray(np.where(known, (1 - freedom) * self._share + freedom * free, free))

    def closing(self, bars: int, left: int, token: int | None) -> Floats:
        """Return P [FAMILIES] of a chord, `left` bars (from 1) before the end, in cadences of `bars`; 0 without any.

        After a chord with which the cadence began it is one of those that go on so.
        """
        found, after = np.zeros(FAMILIES), np.zeros(FAMILIES)
        for weight, tokens in self.cadences:
            if len(tokens) == bars >= left:
                found[FAMILY[tokens[-left]]] += weight
                if left < bars and token is not None and FAMILY[tokens[-left - 1]] == FAMILY[token]:
                    after[FAMILY[tokens[-left]]] += weight
        found = after if after.any() else found
        return np.asarray(found / max(found.sum(), 1))


@lru_cache(maxsize=64)
def idiom_of(loops: tuple[ChordLoop, ...], cadences: tuple[Cadence, ...], mode: str, round_beats: int) -> Idiom:
    """Return the idiom of loops and cadences in a mode."""
    return Idiom(loops, cadences, mode, round_beats)


def _beats(numerals: str, mode: str) -> list[int]:
    """Return the chord token of every beat."""
    bars = [[in_key(symbol, HOME[mode]) for symbol in bar] for bar in parse_loop([numerals])]
    return [codec.chord_token(chord, HOME[mode]) for bar in bars for chord in chords_per_beat(bar)]


def _events(tokens: Sequence[int], round_beats: int) -> Iterator[tuple[int, int, int, int]]:
    """Give (family before, beat in the round, token, beats) of all that begins in a loop that goes round.

    A round begins anew, as does what is held for LONGEST: it is held on. Before all stands the loop's own beginning.
    """
    length = len(tokens)
    whole = math.lcm(length, round_beats)
    starts = [0]
    for beat in range(1, whole + 1):
        new = tokens[beat % length] != tokens[(beat - 1) % length]
        if new or beat % round_beats == 0 or beat - starts[-1] >= LONGEST:
            starts.append(beat)
    yield BEGIN, 0, tokens[0], starts[1]
    for start, end in pairwise(starts):
        yield int(FAMILY[tokens[(start - 1) % length]]), start % round_beats, tokens[start % length], end - start
