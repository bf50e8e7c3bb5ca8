"""Music without notes: chords, keys and sections of Billboard, free-midi-chords and RomanText analyses."""

import json
from collections.abc import Iterator
from itertools import groupby

import msgspec

from engines.analysis.music import Metre
from engines.codec.harmony import PLAYED
from engines.theory.chord import Chord
from engines.theory.pitch import TheoryError
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT
from training.corpus import build, romantext
from training.corpus.build import Known
from training.corpus.chord_names import harte, pitch_class, roman
from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.parts import BrokenFile, Midi
from training.corpus.piece import KeyMark, Piece, Span

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
    """Yield a RomanText analysis (When in Rome): its chords and its keys as they change; no pickup."""
    found = romantext.read(item.content().decode())
    said = [each for each in found.said if each.tick >= 0]
    if not said:
        raise BrokenFile("no numeral")
    keys = [build.key_mark(next(same).tick, key) for key, same in groupby(said, lambda each: each.key) if key]
    known = Known(tuple(keys), merged([Span(each.tick, each.end, each.chord.name) for each in said]))
    yield build.piece(item, [], config, known, Midi((), (), found.metres, (), ()))
