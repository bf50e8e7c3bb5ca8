"""RomanText (When in Rome): numerals with their keys at bars and beats; a beat is what music21 counts in the metre.

Tymoczko, Gotham, Cuthbert, Ariza (2019): "The RomanText Format"; `music21.meter.TimeSignature`, `music21.romanText`.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

import msgspec

from engines.analysis.metre import WHOLE, length
from engines.analysis.music import Metre
from engines.theory.key import Key
from engines.theory.pitch import TheoryError
from training.corpus.chord_names import numeral_of, pitch_class
from training.corpus.said import Said

METRE = re.compile(r"Time signature\s*:\s*(?:(slow|fast)\s+)?(C\||Cut|C|\d+/\d+)", re.IGNORECASE)
BAR = re.compile(r"m(\d+)([a-z]\w*)?\s+(.*)")
COPY = re.compile(r"m(\d+)(?:-(\d+))?\s*=\s*m(\d+)(?:-(\d+))?")
KEY = re.compile(r"([A-Ga-g][b#]*):")
PLACE = re.compile(r"b(\d+)(?:\.(\d+))?(?:\.(\d+))?")
COMMON = {"c": "4/4", "c|": "2/2", "cut": "2/2"}
FINEST = 8  # parts of a beat: .33 and .66 are thirds that were rounded
EIGHTH = 8  # threes of eighths and shorter are one beat, threes of quarters are three


class Timing(msgspec.Struct, frozen=True):
    """A metre as written. pace: slow or fast where the analyst says how three are counted, else empty."""

    beats: int = 4
    unit: int = 4
    pace: str = ""

    def at(self, tick: int) -> Metre:
        """Return it as the time signature from a tick on."""
        return Metre(tick, self.beats, self.unit)

    @property
    def beat(self) -> int:
        """The ticks of a beat: a unit (2/2: the half), three where threes make beats (6/8, 6/4, fast 3/8)."""
        grouped = self.beats > 3 or self.unit >= EIGHTH or self.pace == "fast"
        return WHOLE // self.unit * (3 if self.beats % 3 == 0 and grouped and self.pace != "slow" else 1)


class Analysis(msgspec.Struct, frozen=True):
    """What a text says, ticks from bar 1 (a pickup lies before 0). end: behind the last bar that it names."""

    said: tuple[Said, ...]
    metres: tuple[Metre, ...]
    end: int


def read(text: str) -> Analysis:
    """Return the analysis of a RomanText file; what names no chord is left out, and its time with it."""
    timing, key = Timing(), None
    tick, before = 0, 0
    metres: list[Metre] = []
    marks: list[tuple[int, Key | None, str]] = []
    for number, said, words in _bars(text):
        if said is not None and (not metres or timing != said):
            timing = said
            metres.append(timing.at(tick))
        bar = length(timing.at(tick))
        start = -bar if number == 0 else tick + (max(1, number - before) - 1) * bar
        at = start
        for word in words:
            if found := PLACE.fullmatch(word):
                at = start + round(_beats(*found.groups()) * timing.beat)
            elif found := KEY.fullmatch(word):
                key = Key(pitch_class(found[1][0].upper() + found[1][1:]), "minor" if word[0].islower() else "major")
            elif word[0] in "IViv#bNGFCc":
                marks.append((at, key, word))
        if number:
            tick, before = start + bar, number
    marks.sort(key=lambda mark: mark[0])
    ends = [at for at, _, _ in marks[1:]] + [tick]
    spans = [_said(at, end, k, word) for (at, k, word), end in zip(marks, ends, strict=True) if end > at and k]
    return Analysis(tuple(each for each in spans if each is not None), tuple(metres), tick)


def _beats(whole: str, part: str | None, finer: str | None) -> Fraction:
    """Return the beats before a place: b1.66 is two thirds, b1.66.5 half a third more."""
    inside = Fraction(f"0.{part or 0}").limit_denominator(FINEST)
    return int(whole) - 1 + inside + Fraction(f"0.{finer or 0}") / inside.denominator


def _said(tick: int, end: int, key: Key, word: str) -> Said | None:
    numeral = numeral_of(word)
    if numeral is None:
        return None
    try:
        return Said(tick, end, numeral.chord(key), key, numeral)
    except (TheoryError, ValueError):
        return None


def _bars(text: str) -> Iterator[tuple[int, Timing | None, list[str]]]:
    """Yield (bar, timing or None, words), copies written out; variants are passed over."""
    said: dict[int, list[str]] = {}
    running: dict[int, str] = {}
    timing: Timing | None = None
    now = ""
    for line in text.splitlines():
        if found := METRE.match(line):
            beats, unit = COMMON.get(found[2].lower(), found[2]).split("/")
            timing = Timing(int(beats), int(unit), (found[1] or "").lower())
        elif found := COPY.match(line):
            first, last, source = int(found[1]), int(found[2] or found[1]), int(found[3])
            for number in range(first, last + 1):
                origin = source + number - first
                words = said.get(origin, [])
                opening = [running[origin]] if running.get(origin) else []
                said[number], running[number] = words, running.get(origin, now)
                yield number, timing, [*opening, *words, *([now] if now else [])]
        elif (found := BAR.match(line)) and not found[2]:
            words = found[3].split()
            said[int(found[1])], running[int(found[1])] = words, now
            now = next((word for word in reversed(words) if KEY.fullmatch(word)), now)
            yield int(found[1]), timing, words
