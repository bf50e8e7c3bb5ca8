"""Music without notes: chords, keys and sections of Billboard, free-midi-chords and RomanText analyses."""

import json
import re
from collections.abc import Iterator

import msgspec

from engines.codec.harmony import PLAYED
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.pitch import TheoryError
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT
from training.corpus import build
from training.corpus.build import Known
from training.corpus.chord_names import analysed, harte, pitch_class, roman
from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.parts import BrokenFile, Midi
from training.corpus.piece import KeyMark, Metre, Piece, Span

LOOPS = 4  # a progression is played so often, as the loop that it is
HELD = {".", "&pause", "*"}


def billboard(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a song of McGill Billboard: chords within bars, sections, a tonic whose mode its chords tell."""
    song = json.loads(item.content())
    tick, running = 0, ""
    spans, sections, metres, tonics = [], [], [], []
    for tonic, metre, section, names in song["bars"]:
        beats, unit = map(int, metre.split("/"))
        length = TICKS_PER_BEAT * 4 * beats // unit
        if not metres or (metres[-1].beats, metres[-1].unit) != (beats, unit):
            metres.append(Metre(tick, beats, unit))
        for place, name in enumerate(names):
            running = name if ":" in name else running if name in HELD else ""
            at = [tick + round(length * n / len(names)) for n in (place, place + 1)]
            if running:
                spans.append(Span(*at, _harte(running).name))
        tonics.append((tick, tonic))
        sections.append(Span(tick, tick + length, section or ""))
        tick += length
    meta = {name: song.get(name) for name in ("title", "artist")}
    known = Known(_tonics(tonics, spans), merged(spans), tuple(s for s in merged(sections) if s.label), meta=meta)
    yield build.piece(item, [], config, known, Midi((), (), tuple(metres), (), ()))


def _harte(name: str) -> Chord:
    root, quality = name.split(":", 1)
    pc = pitch_class(root)
    try:
        parsed = Chord.parse("C" + quality.split("/")[0])
    except TheoryError:
        parsed = Chord(0, PLAYED[harte(quality)], 0)
    return Chord(pc, parsed.quality, pc)


def _tonics(tonics: list[tuple[int, int]], spans: list[Span]) -> tuple[KeyMark, ...]:
    chords = [Chord.parse(span.label) for span in spans]
    found: list[KeyMark] = []
    for tick, tonic in tonics:
        if found and found[-1].tonic == tonic:
            continue
        thirds = [chord.triad == "min" for chord in chords if chord.root == tonic]
        minor = sum(thirds) * 2 > len(thirds)
        found.append(KeyMark(tick, tonic, "minor" if minor else "major", 0.9))
    return tuple(found)


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """Return spans with equal neighbours joined."""
    found: list[Span] = []
    for span in spans:
        if found and found[-1].end == span.tick and found[-1].label == span.label:
            found[-1] = msgspec.structs.replace(found[-1], end=span.end)
        else:
            found.append(span)
    return tuple(found)


def progression(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a progression in C major or A minor, one chord a bar."""
    fact = json.loads(item.content())
    minor = fact["table"] == "prog_min"
    names = [roman(name, minor=minor) for name in fact["chords"]] * LOOPS
    spans = [
        Span(bar * TICKS_PER_BAR, (bar + 1) * TICKS_PER_BAR, Chord(root, PLAYED[quality], root).name)
        for bar, (root, quality) in enumerate(names)
    ]
    sure = 0.5 if fact["table"] == "prog_modal" else 1.0
    key = KeyMark(0, 9 if minor else 0, "minor" if minor else "major", sure)
    known = Known((key,), merged(spans), meta={"moods": ", ".join(fact.get("moods", ()))})
    yield build.piece(item, [], config, known, Midi((), (), (Metre(0, BEATS_PER_BAR, 4),), (), ()))


def roman_text(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a RomanText analysis (When in Rome): numerals at bars and beats, keys as they change."""
    lines = _measures(item.content().decode().splitlines())
    metre, key, marks, keys = (4, 4), Key(0, "major"), [], []
    starts: dict[int, int] = {}
    tick, metres = 0, []
    for number, said, words in lines:
        if said is not None and (not metres or said != metre):
            metre = said
            metres.append(Metre(tick, *metre))
        beat_ticks = TICKS_PER_BEAT * 4 // metre[1]
        if number not in starts:
            starts[number] = tick
            tick += beat_ticks * metre[0]
        at = starts[number]
        for word in words:
            if re.fullmatch(r"b\d+(\.\d+)*", word):
                at = starts[number] + round((float(".".join(word[1:].split(".")[:2])) - 1) * beat_ticks)
            elif re.fullmatch(r"[A-Ga-g][b#]*:", word):
                name = word[:-1]
                key = Key(pitch_class(name[0].upper() + name[1:]), "minor" if name[0].islower() else "major")
                keys.append(build.key_mark(at, key))
            elif (chord := analysed(word, key)) is not None:
                marks.append((at, chord.name))
    if not marks:
        raise BrokenFile("no numeral")
    marks.sort(key=lambda mark: mark[0])
    ends = [at for at, _ in marks[1:]] + [max(tick, marks[-1][0] + 1)]
    spans = [Span(at, end, name) for (at, name), end in zip(marks, ends, strict=True) if end > at]
    known = Known(tuple(keys), merged(spans))
    yield build.piece(item, [], config, known, Midi((), (), tuple(metres), (), ()))


def _measures(lines: list[str]) -> Iterator[tuple[int, tuple[int, int] | None, list[str]]]:
    """Yield (bar, metre or None, words) with `m19-20 = m17-18` written out; bar 0 is a pickup, and left out."""
    said: dict[int, list[str]] = {}
    metre: tuple[int, int] | None = None
    for line in lines:
        if found := re.match(r"Time [Ss]ignature:\s*(\d+)/(\d+)", line):
            metre = int(found[1]), int(found[2])
        elif found := re.match(r"m(\d+)(?:-(\d+))?\s*=\s*m(\d+)(?:-(\d+))?", line):
            first, last, source = int(found[1]), int(found[2] or found[1]), int(found[3])
            for number in range(first, last + 1):
                said[number] = said.get(source + number - first, [])
                yield number, metre, said[number]
        elif (found := re.match(r"m(\d+)\s+(.*)", line)) and int(found[1]) > 0:
            said[int(found[1])] = found[2].split()
            yield int(found[1]), metre, said[int(found[1])]
