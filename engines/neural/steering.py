"""Steering: which chords may stand at a place of a phrase, what tension, key and cadence ask of them, and the genre.

Where the genre's loops are told, network and genre vote together (a product of experts): for the family of the next
chord and its length, then for what it wears.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec import harmony as codec
from engines.codec.harmony import CHORDS, DURATIONS, QUALITIES
from engines.expert import HarmonyRequest
from engines.neural.idiom import FAMILIES, FAMILY, HELD, Idiom, idiom_of
from engines.theory.key import Key
from engines.units import BEATS_PER_BAR

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROOTS: Final = np.repeat(np.arange(12), len(QUALITIES))
KINDS: Final = np.tile(np.arange(len(QUALITIES)), 12)
WILD: Final = np.isin(KINDS, [QUALITIES.index("dim"), QUALITIES.index("hdim")])
NEVER: Final = np.isin(KINDS, [QUALITIES.index("aug"), QUALITIES.index("other")])  # rare in the data, ugly in a loop
COLOURED: Final = QUALITIES.index("sus") <= KINDS
# beats that a chord may last from a bar line, and from the middle of a bar: one or two chords a bar
WHOLE: Final = np.array([beats in {2, 4, 8} for beats in DURATIONS])
HALF: Final = np.array([beats == 2 for beats in DURATIONS])
LENGTHS: Final = np.array(DURATIONS)
BAR: Final = LENGTHS == BEATS_PER_BAR
LITTLE: Final = 1e-9
DOMINANTS: Final = {True: (7, 10), False: (7,)}  # above the tonic; minor: V and VII


class Frame(msgspec.Struct, frozen=True):
    """A phrase to be written, in beats from where its section's numbering begins.

    numbers: of the sampling. begin, end: of the phrase; closing: where its cadence of `cadence_bars` begins, infinite
    without one. idiom: the genre's, None where its loops are not told or not to be heeded.
    """

    request: HarmonyRequest
    numbers: Mapping[str, float]
    begin: float
    closing: float
    cadence_bars: int
    idiom: Idiom | None

    @classmethod
    def of(
        cls, request: HarmonyRequest, numbers: Mapping[str, float], begin: float, dice: np.random.Generator
    ) -> "Frame":
        """Read a request; the dice choose how long its cadence is, of those that the genre has."""
        idiom = None
        if request.loops and numbers.get("idiom", 0.0) > 0:
            mode, beats = "minor" if request.key.is_minor else "major", round(numbers["loop_bars"] * BEATS_PER_BAR)
            idiom = idiom_of(request.loops, request.cadences, mode, beats)
        bars = 1
        if request.cadence and idiom is not None and idiom.cadences:
            weights = np.array([weight for weight, _ in idiom.cadences])
            bars = min(request.bars, len(idiom.cadences[dice.choice(len(weights), p=weights / weights.sum())][1]))
        end = begin + request.bars * BEATS_PER_BAR
        return cls(request, numbers, begin, end - bars * BEATS_PER_BAR if request.cadence else math.inf, bars, idiom)

    @property
    def end(self) -> float:
        """The beat after the phrase."""
        return self.begin + self.request.bars * BEATS_PER_BAR

    @property
    def start(self) -> float:
        """The beat where the section began."""
        return self.begin - self.request.section_bar * BEATS_PER_BAR

    @property
    def round(self) -> float:
        """Beats of a loop."""
        return self.numbers["loop_bars"] * BEATS_PER_BAR

    def until(self, onset: float) -> float:
        """Return the beat over which what begins at `onset` is not held: the loop's end, a cadence's beginning."""
        end = self.start + ((onset - self.start) // self.round + 1) * self.round
        return min(end, self.closing) if onset < self.closing else end


def beats_at(frame: Frame, onset: float) -> Mask:
    """Return which durations may begin here, [durations]."""
    return np.asarray((WHOLE if onset % BEATS_PER_BAR == 0 else HALF) & (onset + LENGTHS <= frame.until(onset)))


def allowed(frame: Frame, last: int | None, onset: float) -> Mask:
    """Return which (chord, duration) may stand here, [CHORDS, durations]: at least the key's triads."""
    chords = ~NEVER
    if frame.request.tension < frame.numbers["wild"]:
        chords = chords & ~WILD
    if last is not None:  # the same root again would be no change, or a fidget
        chords = chords & (last // len(QUALITIES) != ROOTS)
    return np.asarray(chords[:, None] & beats_at(frame, onset)[None, :])


def held(frame: Frame, last: int | None, onset: float) -> Floats:
    """Return P [durations] that the chord before goes on, as in the genre's loops; a network knows only changes."""
    if frame.idiom is None or last is None or onset >= frame.closing:
        return np.zeros(len(DURATIONS))
    return np.asarray(_likely(frame, frame.idiom, last, onset)[HELD] * beats_at(frame, onset))


def voted(frame: Frame, row: Floats, last: int | None, onset: float) -> Floats:
    """Return logits [CHORDS, durations] of what a network says, its P in the same shape, and of the genre."""
    idiom, numbers = frame.idiom, frame.numbers
    if idiom is None:
        return np.log(row + LITTLE)
    families = np.zeros((FAMILIES, len(DURATIONS)))
    np.add.at(families, FAMILY, row)
    worn = row.sum(1) / np.maximum(families.sum(1)[FAMILY], LITTLE)
    genre = _likely(frame, idiom, last, onset)[:FAMILIES]
    chords = numbers["network"] * _log(families, numbers["floor"]) + numbers["idiom"] * _log(genre, LITTLE)
    dress = numbers["taste"] * _log(worn, numbers["floor"]) + _log(idiom.dress(numbers["dress"]), LITTLE)
    return np.asarray(chords[FAMILY] + dress[:, None])


def bias(frame: Frame, onset: float) -> Floats:
    """Return logits per (chord, duration) that tension, key and cadence ask for."""
    numbers, request, idiom = frame.numbers, frame.request, frame.idiom
    lean, minor = request.tension - 0.5, request.key.is_minor
    above = (ROOTS + request.key.relative_major - request.key.tonic) % 12
    home = above == 0
    chord = numbers["colour"] * lean * COLOURED - numbers["away"] * lean * home
    if onset == frame.begin and request.section_bar == 0 and idiom is None:
        chord = chord + numbers["home"] * home
    chord = chord + numbers["stranger"] * (ROOTS == 0) * minor  # the relative major must not take over
    foreign = ~_inside(request.key) if idiom is None else ~_inside(request.key) & ~idiom.own
    chord = chord + (numbers["foreign"] + numbers["foreign_rise"] * request.tension) * foreign
    if onset >= frame.closing and (idiom is None or not idiom.cadences):
        chord = chord + numbers["cadence"] * np.isin(above, DOMINANTS[minor])
    pace = -numbers["pace"] * lean * np.log2(LENGTHS / BEATS_PER_BAR)
    return np.asarray(chord[:, None] + pace[None, :], np.float64)


def _likely(frame: Frame, idiom: Idiom, last: int | None, onset: float) -> Floats:
    """Return P [FAMILIES + 1, durations] in the genre's loops, mostly its cadences' where the phrase closes."""
    found = idiom.after(last, round((onset - frame.start) % frame.round))
    if onset >= frame.closing:
        left = math.ceil((frame.end - onset) / BEATS_PER_BAR)
        ends = idiom.closing(frame.cadence_bars, left, last)
        share = frame.numbers["closing"] * ends.sum()
        found = found * (1 - share)
        found[:FAMILIES] += share * ends[:, None] * BAR[None, :]
    return found


def _log(chances: Floats, least: float) -> Floats:
    return np.asarray(np.log(np.maximum(chances, least)))


@lru_cache(maxsize=64)
def _inside(key: Key) -> Mask:
    """Return which chord tokens have no tone outside the key (the dominant of minor counts as inside)."""
    found = [all(key.contains(tone) for tone in codec.token_chord(token, key).pitch_classes) for token in range(CHORDS)]
    if key.is_minor:
        for quality in ("maj", "7"):
            found[codec.token_of((key.tonic + 7 - key.relative_major) % 12, quality)] = True
    return np.array(found)
