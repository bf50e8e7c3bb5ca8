"""Chords with a theme that returns, drawn from what a reader of the past finds likely: what learned harmonies share."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import harmony as codec
from engines.codec.grid import FUNCTIONS, PHRASE_BARS, section_function
from engines.codec.harmony import DURATIONS, BarChords, Change, Wish
from engines.expert import ExpertError, HarmonyRequest
from engines.neural.returning import PHRASE_BEATS, Changes, Model, at, following, kept, stays
from engines.neural.sampling import distribution, pick
from engines.neural.steering import Frame, allowed, bias, voted
from engines.seed import mix
from engines.theory.key import Key
from engines.units import BEATS_PER_BAR

Floats = NDArray[np.float64]

MAX_BARS: Final = 64
NEUTRAL: Final = 0.5
"""The tension at which a theme is written: neither wished nor feared."""


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
        heard = codec.encode(request.past, request.key, begin - len(request.past) * BEATS_PER_BAR)
        dice = np.random.default_rng(request.seed)
        frame = Frame.of(request, self._numbers, begin, dice)
        renewed = dice.random() < self._numbers.get("renew", 0.0) * request.variation**2
        fresh = bool(renewed) and request.section_bar > 0
        theme = () if fresh else self._theme(request)
        if not kept(theme, heard, frame):
            theme = ()
        written = self._write(frame, heard, theme, dice, fresh=fresh)
        return codec.decode(_within(written, begin, frame.end), request.key)

    def _theme(self, request: HarmonyRequest) -> Changes:
        """Return the section's phrase: the piece's, by chance (half the variation) one of its own; from beat 0."""
        dice = np.random.default_rng(mix(request.theme_seed, "harmony", request.section))
        if dice.random() >= request.variation / 2:
            dice = np.random.default_rng(mix(request.theme_seed, "harmony"))
        asked = replace(request, section="", section_bar=0, tension=NEUTRAL, past=(), cadence=False, bars=PHRASE_BARS)
        return self._write(Frame.of(asked, self._numbers, 0.0, dice), (), (), dice, fresh=True)

    def _write(
        self, frame: Frame, heard: Changes, theme: Changes, dice: np.random.Generator, *, fresh: bool
    ) -> Changes:
        """Write a phrase after what was heard: its theme, or, unless it is to be fresh, as the past goes on."""
        request, reader = frame.request, self._reader()
        marks = np.random.default_rng(mix(request.theme_seed, "dress")).random(PHRASE_BEATS)
        answers = bool(dice.random() < self._numbers.get("answer", 0.0) * request.variation)
        changes: list[Change] = []
        for change in heard:
            reader.read(changes, change.onset, _wish(frame, change.onset))
            reader.follow(change)
            changes.append(change)
        onset = frame.begin
        while onset < frame.end:
            model = self._model(frame, changes, theme, onset, dice, answers=answers, fresh=fresh)
            last = changes[-1].token if changes else None
            goes_on = stays(frame, model, last, onset, dice)
            if last is not None and goes_on:  # it sounds on; the network, which knows only changes, is not asked
                changes.append(Change(onset, last, goes_on))
                onset += goes_on
                continue
            row = reader.read(changes, onset, _wish(frame, onset))
            mark = marks[round(onset - frame.start) % PHRASE_BEATS] if model and model.returns else dice.random()
            change = self._next(frame, row, model, last, onset, mark)
            reader.follow(change)
            changes.append(change)
            onset += change.beats
        return changes

    def _next(  # noqa: PLR0917
        self, frame: Frame, row: Floats, model: Model | None, last: int | None, onset: float, mark: float
    ) -> Change:
        """Draw the change at `onset` from the probabilities [CHORDS, durations] of the network; mark 0..1."""
        numbers = self._numbers
        open_ = following(allowed(frame, last, onset), model, frame, onset)
        chances = distribution(
            voted(frame, row, last, onset).reshape(1, -1).astype(np.float32),
            allowed=open_.reshape(-1),
            bias=bias(frame, onset).reshape(-1).astype(np.float32),
            temperature=numbers["temperature"] + numbers["temperature_rise"] * frame.request.tension,
            k=numbers.get("top_k", 0),
            p=numbers["top_p"],
        )
        token, length = divmod(int(pick(chances, np.array([mark]))[0]), len(DURATIONS))
        return Change(onset, token, float(DURATIONS[length]))

    def _model(
        self,
        frame: Frame,
        past: Changes,
        theme: Changes,
        onset: float,
        dice: np.random.Generator,
        *,
        answers: bool,
        fresh: bool,
    ) -> Model | None:
        """Return what this place of the phrase played before, None where nothing did or a cadence is due.

        A theme comes back as it is. In a phrase that is written the second loop returns, or answers the first with
        other chords in its second half; the first goes on with the loop that was heard in the section.
        """
        if onset >= frame.closing:
            return None
        if theme:
            found = at(theme, (onset - frame.start) % PHRASE_BEATS)
            return found and Model(*found, True)
        there = onset - frame.round
        if there >= frame.begin:
            found = at(past, there)
            half = (onset - frame.start) % frame.round >= frame.round / 2
            return found and Model(*found, not (answers and half))
        if fresh or frame.request.section_bar == 0:
            return None
        found = at(past, there)
        if found is None or dice.random() >= self._numbers["repeat"] * (1 - frame.request.variation):
            return None
        return Model(*found, True)


def _wish(frame: Frame, onset: float) -> Wish:
    """Return the conditions of a change: the bars left are told where a section ends with these bars."""
    request = frame.request
    bars = int((onset - frame.begin) // BEATS_PER_BAR)
    left = request.bars - bars if request.cadence and 0 <= bars < request.bars else codec.LEFT_MAX
    section = codec.FUNCTION_SECTION.get(FUNCTIONS[section_function(request.section)], "unknown")
    mode = 2 if request.key.is_minor else 1
    return Wish(mode, codec.SECTIONS.index(section), min(left, codec.LEFT_MAX), request.tension)


def _within(changes: Changes, begin: float, end: float) -> tuple[Change, ...]:
    """Return the changes of a phrase, cut at its end."""
    return tuple(Change(c.onset, c.token, min(c.beats, end - c.onset)) for c in changes if begin <= c.onset < end)


def self_test(expert: ChordChooser) -> None:
    """Choose a phrase; raises ExpertError where the expert cannot."""
    request = HarmonyRequest("uplifting", "drop", 0, 0.5, 0.3, Key(9, "minor"), 8, cadence=True)
    if len(expert.choose(request)) != request.bars:
        raise ExpertError("asked for eight bars of chords and got another number")
