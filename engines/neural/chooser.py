"""Chords as a loop that returns, drawn from what any reader of the past finds likely: what learned harmonies share."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import harmony as codec
from engines.codec.grid import FUNCTIONS, PHRASE_BARS, section_function
from engines.codec.harmony import CHORDS, DURATIONS, QUALITIES, BarChords, Change, Wish
from engines.expert import ExpertError, HarmonyRequest
from engines.neural.sampling import distribution, draw
from engines.theory.key import Key
from engines.units import BEATS_PER_BAR

Floats = NDArray[np.float64]

ROOTS: Final = np.repeat(np.arange(12), len(QUALITIES))
KINDS: Final = np.tile(np.arange(len(QUALITIES)), 12)
WILD: Final = np.isin(KINDS, [QUALITIES.index("dim"), QUALITIES.index("hdim")])
NEVER: Final = np.isin(KINDS, [QUALITIES.index("aug"), QUALITIES.index("other")])  # rare in the data, ugly in a loop
COLOURED: Final = QUALITIES.index("sus") <= KINDS
# beats that a chord may last from a bar line, and from the middle of a bar: one or two chords a bar
WHOLE: Final = np.array([beats in {2, 4, 8} for beats in DURATIONS])
HALF: Final = np.array([beats == 2 for beats in DURATIONS])
LENGTHS: Final = np.array(DURATIONS)
LITTLE: Final = 1e-9
DOMINANTS: Final = {True: (7, 10), False: (7,)}  # above the tonic; minor: V and VII
MAX_BARS: Final = 64


class Reader(Protocol):
    """Knows how likely every next change is after those it followed."""

    def read(self, past: Sequence[Change], onset: float, wish: Wish) -> Floats:
        """Return P(chord, duration) [CHORDS, durations] of the change at `onset`."""

    def follow(self, change: Change) -> None:
        """Remember which change followed the step just read."""


class ChordChooser:
    """Chooses chords under `/chords/auto`; stateless."""

    def __init__(self, card: Card, reader: Callable[[], Reader]) -> None:
        """Take a verified card and what makes a reader that has heard nothing."""
        self.name, self.version = card.name, card.version
        self._numbers, self._reader = card.decoding, reader

    def choose(self, request: HarmonyRequest) -> tuple[BarChords, ...]:
        """Return one or two chords for each bar; raises ExpertError."""
        if not 1 <= request.bars <= MAX_BARS:
            raise ExpertError(f"{self.name}: {request.bars} bars asked, 1..{MAX_BARS} possible")
        try:
            return self._choose(request)
        except (ValueError, KeyError, IndexError, FloatingPointError) as error:
            raise ExpertError(f"{self.name}: {type(error).__name__}: {error}") from error

    def _choose(self, request: HarmonyRequest) -> tuple[BarChords, ...]:
        # the past ends where its bar in the section says, so that the network sees the same place in the phrase
        ahead = -(-len(request.past) // PHRASE_BARS) * PHRASE_BARS
        begin = float((request.section_bar + ahead) * BEATS_PER_BAR)
        end = begin + request.bars * BEATS_PER_BAR
        heard = codec.encode(request.past, request.key, begin - len(request.past) * BEATS_PER_BAR)
        reader = self._reader()
        changes: list[Change] = []
        for change in heard:
            reader.read(changes, change.onset, _wish(request, change.onset, begin))
            reader.follow(change)
            changes.append(change)
        dice = np.random.default_rng(request.seed)
        onset = begin
        while onset < end:
            row = reader.read(changes, onset, _wish(request, onset, begin))
            change = self._next(request, changes, onset, begin, row, dice)
            reader.follow(change)
            changes.append(change)
            onset += change.beats
        return codec.decode(_within(changes[len(heard) :], begin, end), request.key)

    def _next(  # noqa: PLR0917
        self,
        request: HarmonyRequest,
        past: Sequence[Change],
        onset: float,
        begin: float,
        row: Floats,
        dice: np.random.Generator,
    ) -> Change:
        """Draw the change at `onset` from the joint probabilities [CHORDS, durations] of the network."""
        numbers, tension = self._numbers, request.tension
        closing = begin + (request.bars - 1) * BEATS_PER_BAR if request.cadence else math.inf
        allowed = self._allowed(request, past[-1] if past else None, onset, self._until(request, onset, begin, closing))
        bias = self._bias(request, onset, begin, closing)
        heat = numbers["temperature"] + numbers["temperature_rise"] * tension
        chances = distribution(
            np.log(row.reshape(1, -1) + LITTLE).astype(np.float32),
            allowed=allowed.reshape(-1),
            bias=bias.reshape(-1).astype(np.float32),
            temperature=heat,
            k=numbers.get("top_k", 0),
            p=numbers["top_p"],
        )
        back = self._returning(request, past, onset, begin) if onset < closing else None
        if back is not None and allowed[back]:
            share = numbers["repeat"] * (1 - request.variation)
            chances = chances * np.float32(1 - share)
            chances[0, np.ravel_multi_index(back, allowed.shape)] += np.float32(share)
        token, length = divmod(int(draw(chances, dice)[0]), len(DURATIONS))
        return Change(onset, token, float(DURATIONS[length]))

    def _until(self, request: HarmonyRequest, onset: float, begin: float, closing: float) -> float:
        """Return the beat over which the change at `onset` is not held: the loop's end, a cadence's beginning."""
        loop = self._numbers["loop_bars"] * BEATS_PER_BAR
        start = begin - request.section_bar * BEATS_PER_BAR
        end = start + ((onset - start) // loop + 1) * loop
        return min(end, closing) if onset < closing else end

    def _allowed(self, request: HarmonyRequest, last: Change | None, onset: float, until: float) -> NDArray[np.bool_]:
        """Return which (chord, duration) may stand here, [CHORDS, durations]: at least the key's triads."""
        chords = ~NEVER
        if request.tension < self._numbers["wild"]:
            chords = chords & ~WILD
        if last is not None:  # the same root again would be no change, or a fidget
            chords = chords & (last.token // len(QUALITIES) != ROOTS)
        beats = (WHOLE if onset % BEATS_PER_BAR == 0 else HALF) & (onset + LENGTHS <= until)
        return np.asarray(chords[:, None] & beats[None, :])

    def _bias(self, request: HarmonyRequest, onset: float, begin: float, closing: float) -> Floats:
        """Return logits per (chord, duration) that tension, key and cadence ask for."""
        numbers, lean = self._numbers, request.tension - 0.5
        minor = request.key.is_minor
        above = (ROOTS + request.key.relative_major - request.key.tonic) % 12
        home = above == 0
        chord = numbers["colour"] * lean * COLOURED - numbers["away"] * lean * home
        if onset == begin and request.section_bar == 0:
            chord = chord + numbers["home"] * home
        chord = chord + numbers["stranger"] * (ROOTS == 0) * minor  # the relative major must not take over
        foreign = numbers["foreign"] + numbers["foreign_rise"] * request.tension
        chord = chord + foreign * ~_inside(request.key)
        if onset >= closing:
            chord = chord + numbers["cadence"] * np.isin(above, DOMINANTS[minor])
        pace = -numbers["pace"] * lean * np.log2(LENGTHS / BEATS_PER_BAR)
        return np.asarray(chord[:, None] + pace[None, :], np.float64)

    def _returning(
        self, request: HarmonyRequest, past: Sequence[Change], onset: float, begin: float
    ) -> tuple[int, int] | None:
        """Return the (chord, duration class) that the loop played here one round ago, None where it played none.

        Inside a section the loop that was heard goes on; a new section first writes its own.
        """
        there = onset - self._numbers["loop_bars"] * BEATS_PER_BAR
        if there < begin and request.section_bar == 0:
            return None
        found = next((change for change in reversed(past) if change.onset <= there), None)
        if found is None or found.onset + found.beats <= there:
            return None
        left = found.onset + found.beats - there
        return found.token, codec.duration_class(max(2.0, min(left, 8.0)))


@lru_cache(maxsize=64)
def _inside(key: Key) -> NDArray[np.bool_]:
    """Return which chord tokens have no tone outside the key (the dominant of minor counts as inside)."""
    found = [all(key.contains(tone) for tone in codec.token_chord(token, key).pitch_classes) for token in range(CHORDS)]
    if key.is_minor:
        for quality in ("maj", "7"):
            found[codec.token_of((key.tonic + 7 - key.relative_major) % 12, quality)] = True
    return np.array(found)


def _wish(request: HarmonyRequest, onset: float, begin: float) -> Wish:
    """Return the conditions of a change: the bars left are told where a section ends with these bars."""
    bars = int((onset - begin) // BEATS_PER_BAR)
    left = request.bars - bars if request.cadence and 0 <= bars < request.bars else codec.LEFT_MAX
    section = codec.FUNCTION_SECTION.get(FUNCTIONS[section_function(request.section)], "unknown")
    mode = 2 if request.key.is_minor else 1
    return Wish(mode, codec.SECTIONS.index(section), min(left, codec.LEFT_MAX), request.tension)


def _within(changes: Sequence[Change], begin: float, end: float) -> tuple[Change, ...]:
    """Return the changes cut at `end`."""
    return tuple(Change(c.onset, c.token, min(c.beats, end - c.onset)) for c in changes if begin <= c.onset < end)


def self_test(expert: ChordChooser) -> None:
    """Choose a phrase; raises ExpertError where the expert cannot."""
    request = HarmonyRequest("uplifting", "drop", 0, 0.5, 0.3, Key(9, "minor"), 8, cadence=True)
    if len(expert.choose(request)) != request.bars:
        raise ExpertError("asked for eight bars of chords and got another number")
