"""RomanText (When in Rome): numerals with their keys at bars and beats; the beat is the metre's, as music21 counts."""

import re
from collections.abc import Iterator

import msgspec

from engines.analysis.metre import beat, length
from engines.analysis.music import Metre
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral
from engines.theory.pitch import TheoryError
from training.corpus.chord_names import ANALYSTS, pitch_class
from training.judge.theory.truth import Said

METRE = re.compile(r"Time [Ss]ignature\s*:\s*(slow |fast )?(C\||C|\d+/\d+)")
BAR = re.compile(r"m(\d+)([a-z]\w*)?\s+(.*)")
COPY = re.compile(r"m(\d+)(?:-(\d+))?\s*=\s*m(\d+)(?:-(\d+))?")
KEY = re.compile(r"([A-Ga-g][b#]*):")
PLACE = re.compile(r"b(\d+(?:\.\d+)?)(?:\.\d+)*")
COMMON = {"C": "4/4", "C|": "2/2"}


class Analysis(msgspec.Struct, frozen=True):
    """What a text says, ticks from bar 1 (a pickup lies before 0). end: behind the last bar that it names."""

    said: tuple[Said, ...]
    metres: tuple[Metre, ...]
    end: int


def read(text: str) -> Analysis:
    """Return the analysis of a RomanText file; what names no chord is left out, and its time with it."""
    metre, key = Metre(0, 4, 4), None
    tick, before = 0, 0
    metres: list[Metre] = []
    marks: list[tuple[int, Key | None, str]] = []
    for number, said, words in _bars(text):
        if said is not None and (not metres or (metre.beats, metre.unit) != said):
            metre = Metre(tick, *said)
            metres.append(metre)
        start = -length(metre) if number == 0 else tick + (max(1, number - before) - 1) * length(metre)
        at = start
        for word in words:
            if found := PLACE.fullmatch(word):
                at = start + round((float(found[1]) - 1) * _beat(metre))
            elif found := KEY.fullmatch(word):
                key = Key(pitch_class(found[1][0].upper() + found[1][1:]), "minor" if word[0].islower() else "major")
            elif word[0] in "IViv#bNGFCc":
                marks.append((at, key, word))
        if number:
            tick, before = start + length(metre), number
    marks.sort(key=lambda mark: mark[0])
    ends = [at for at, _, _ in marks[1:]] + [tick]
    spans = [_said(at, end, k, word) for (at, k, word), end in zip(marks, ends, strict=True) if end > at and k]
    return Analysis(tuple(each for each in spans if each is not None), tuple(metres), tick)


def _beat(metre: Metre) -> int:
    """Return the ticks of what analysts call a beat: in 2/2 and 3/2 the half."""
    return 1920 // metre.unit if metre.unit < 4 else beat(metre)


def _said(tick: int, end: int, key: Key | None, word: str) -> Said | None:
    numeral = numeral_of(word)
    if numeral is None or key is None:
        return None
    try:
        chord: Chord = numeral.chord(key)
    except (TheoryError, ValueError):
        return None
    return Said(tick, end, chord, key, numeral)


def numeral_of(word: str) -> Numeral | None:
    """Return the numeral that an analyst wrote, in our spelling; None where it names no chord."""
    plain = re.sub(r"\[.*?\]", "", word)
    for pattern, put in ANALYSTS:
        plain = re.sub(pattern, put, plain)
    plain = re.sub(r"(?<=[IViv])2$", "42", plain)
    try:
        return Numeral.parse(plain)
    except (TheoryError, ValueError, KeyError, IndexError):
        return None


def _bars(text: str) -> Iterator[tuple[int, tuple[int, int] | None, list[str]]]:
    """Yield (bar, metre or None, words), copies written out; variants are passed over."""
    said: dict[int, list[str]] = {}
    running: dict[int, str] = {}
    metre: tuple[int, int] | None = None
    now = ""
    for line in text.splitlines():
        if found := METRE.match(line):
            beats, unit = COMMON.get(found[2], found[2]).split("/")
            metre = int(beats), int(unit)
        elif found := COPY.match(line):
            first, last, source = int(found[1]), int(found[2] or found[1]), int(found[3])
            for number in range(first, last + 1):
                origin = source + number - first
                words = said.get(origin, [])
                opening = [running[origin]] if running.get(origin) else []
                said[number], running[number] = words, running.get(origin, now)
                yield number, metre, [*opening, *words, *([now] if now else [])]
        elif (found := BAR.match(line)) and not found[2]:
            words = found[3].split()
            said[int(found[1])], running[int(found[1])] = words, now
            now = next((word for word in reversed(words) if KEY.fullmatch(word)), now)
            yield int(found[1]), metre, words
