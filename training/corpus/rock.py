"""The notation of the rock corpus RS 200 (de Clercq & Temperley): scale degrees and numerals between bar lines."""

import re
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from engines.analysis.music import Metre
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BEAT
from training.corpus.chord_names import analysed, pitch_class
from training.corpus.piece import KeyMark, Span

MAJOR = (0, 2, 4, 5, 7, 9, 11)
SIGNS = {"b": -1, "#": 1, "n": 0}
NOTE = re.compile(r"([\^v]*)([b#n]*)([1-7])|([._])")
OCTAVE = 4  # where nothing is said
MODES = ("major", "minor", "mixolydian", "dorian")  # those of rock, by how common; the corpus tells tonics alone
MODE_CONFIDENCE = 0.8


class Read(msgspec.Struct):
    """What one file says: notes (onset, duration, pitch, velocity), chords, keys, metres."""

    notes: list[tuple[int, int, int, int]] = []
    chords: tuple[Span, ...] = ()
    keys: tuple[KeyMark, ...] = ()
    metres: tuple[Metre, ...] = ()


def bars(text: str) -> Iterator[list[str]]:
    """Yield the words of every bar; `R*8` is eight bars."""
    plain = re.sub(r"%.*|Warning:.*", "", text)
    for bar in re.sub(r"\]\s*", "] ", plain).split("|")[: plain.count("|")]:
        words = bar.split()
        times = next((int(w[2:]) for w in words if re.fullmatch(r"R\*\d+", w)), 1)
        yield [w for w in words if not w.startswith("R*")]
        for _ in range(times - 1):
            yield []


class Place:
    """Where a reading stands: tick, metre, tonic; it collects the marks."""

    def __init__(self) -> None:
        """Begin in 4/4 of C."""
        self.tick, self.length, self.tonic, self.octave = 0, 4 * TICKS_PER_BEAT, 0, OCTAVE
        self.lowered: list[int] = [0] * 7
        self.metres: list[Metre] = []
        self.keys: list[KeyMark] = []

    def mark(self, word: str) -> bool:
        """Take a word in brackets; False for any other."""
        found = re.fullmatch(r"\[(.*)\]", word)
        if found is None:
            return False
        said = found[1]
        if re.fullmatch(r"\d+/\d+", said):
            beats, unit = map(int, said.split("/"))
            self.length = TICKS_PER_BEAT * 4 * beats // unit
            self.metres.append(Metre(self.tick, beats, unit))
        elif re.fullmatch(r"[A-G][b#]*", said):
            self.tonic = pitch_class(said)
            self.keys.append(KeyMark(self.tick, self.tonic, MODES[0], MODE_CONFIDENCE))
        elif said.startswith("OCT="):
            self.octave = int(said[4:])
        elif said == "0" or re.fullmatch(r"[.b#]{7}", said):
            self.lowered = [SIGNS.get(sign, 0) for sign in said] if len(said) == 7 else [0] * 7
        return True

    def whole(self) -> tuple[Metre, ...]:
        """Return the metres, 4/4 from the start where none is written there."""
        start = () if self.metres and self.metres[0].tick == 0 else (Metre(0, 4, 4),)
        return (*start, *self.metres)


def melody(text: str, velocity: int) -> Read:
    """Return a melody's notes: each degree lies nearest to the one before, `^` and `v`: the next above, below."""
    place, found, last = Place(), [], None
    for words in bars(text):
        groups = [word for word in words if not place.mark(word)]
        for number, group in enumerate(groups):
            slots = list(NOTE.finditer(group))
            for slot, match in enumerate(slots):
                if match[3] is None:
                    continue
                share = (number + slot / len(slots)) / len(groups)
                last = _pitch(place, match, last)
                found.append((place.tick + round(share * place.length), last))
        place.tick += place.length
    ends = [tick for tick, _ in found[1:]] + [place.tick] * bool(found)
    notes = [
        (tick, max(1, min(end - tick, 4 * TICKS_PER_BEAT)), pitch, velocity)
        for (tick, pitch), end in zip(found, ends, strict=True)
    ]
    return Read(notes, (), tuple(place.keys), place.whole())


def _pitch(place: Place, match: re.Match[str], last: int | None) -> int:
    degree = int(match[3]) - 1
    sign = sum(SIGNS[s] for s in match[2]) if match[2] else place.lowered[degree]
    pc = (place.tonic + MAJOR[degree] + sign) % 12
    if last is None:
        return 12 * (place.octave + 1) + place.tonic + (pc - place.tonic) % 12
    up, down = match[1].count("^"), match[1].count("v")
    if up:
        return last + ((pc - last) % 12 or 12) + 12 * (up - 1)
    if down:
        return last - ((last - pc) % 12 or 12) - 12 * (down - 1)
    return last - 6 + (pc - last + 6) % 12


def harmony(text: str) -> Read:
    """Return an analysis' chords; `.` and an empty bar hold the chord, `R` is none."""
    place, spans = Place(), []
    running: tuple[int, str] | None = None

    def close(tick: int) -> None:
        if running is not None and tick > running[0]:
            spans.append(Span(running[0], tick, running[1]))

    for words in bars(text):
        symbols = [word for word in words if not place.mark(word)]
        for number, symbol in enumerate(symbols):
            if symbol == ".":
                continue
            tick = place.tick + round(number / len(symbols) * place.length)
            close(tick)
            chord = None if symbol == "R" else analysed(symbol, Key(place.tonic, "major"))
            running = (tick, chord.name) if chord is not None else None
        place.tick += place.length
    close(place.tick)
    return Read([], tuple(spans), tuple(place.keys), place.whole())


def modes(tonics: Sequence[KeyMark], notes: Sequence[Sequence[int]], chords: Sequence[Span]) -> tuple[KeyMark, ...]:
    """Return the tonics, each with the mode of MODES whose scale holds most of what sounds until the next one."""
    ends = [mark.tick for mark in tonics[1:]] + [2**62]
    found = []
    for mark, end in zip(tonics, ends, strict=True):
        sound = np.zeros(12)
        for onset, duration, pitch, _ in notes:
            sound[pitch % 12] += duration * (mark.tick <= onset < end)
        for span in chords:
            sound[list(Chord.parse(span.label).pitch_classes)] += (span.end - span.tick) * (
                mark.tick <= span.tick < end
            )
        fits = {mode: sound[list(Key(mark.tonic, mode).pitch_classes)].sum() for mode in MODES}
        best = max(MODES, key=lambda mode: fits[mode])
        found.append(KeyMark(mark.tick, mark.tonic, best, MODE_CONFIDENCE))
    return tuple(found)
