"""Melodies that come as tables: OpenEWLD lead sheets, folk tunes, the rock corpus RS 200."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from engines.analysis.music import Metre
from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT
from training.corpus import build, rock
from training.corpus.build import Known
from training.corpus.chord_names import lead_sheet, written_key
from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.parts import BrokenFile, Midi, Part
from training.corpus.piece import Piece, Span

LONGEST_CHORD = 16  # beats: a sheet that says nothing for longer has no chord there
LONGEST_PICKUP = 2  # beats before the first chord of a lead sheet
PARTIAL = "1/32"  # what music21 writes for the partial bars at repeats


def openewld(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a lead sheet; notes before the first chord are the pickup."""
    fact = json.loads(item.content())
    starts = [onset for onset, _ in fact["chords"]] + [1e9]
    pickup = starts[0] if 0 < starts[0] <= LONGEST_PICKUP and fact["chords"] else 0.0
    spans = []
    for number, (onset, symbol) in enumerate(fact["chords"]):
        chord = lead_sheet(symbol)
        if chord is not None:
            end = min(starts[number + 1], onset + LONGEST_CHORD)
            spans.append(Span(_tick(onset - pickup), _tick(end - pickup), chord.name))
    yield _sheet(item, fact, pickup, Known(chords=tuple(spans)), config)


def folk(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a folk tune without chords; a partial first bar of at most a beat is the pickup."""
    fact = json.loads(item.content())
    metres, last = fact["ts"], fact["notes"][-1]
    length = (metres[1][0] if len(metres) > 1 else last[0] + last[1]) % BEATS_PER_BAR
    yield _sheet(item, fact, length if 0 < length <= 1 else 0.0, Known(chords=()), config)


def _sheet(item: Item, fact: dict[str, Any], pickup: float, known: Known, config: Config) -> Piece:
    if not fact["notes"]:
        raise BrokenFile("no notes")
    rows = [
        (_tick(o - pickup), max(1, _tick(d)), p, config.default_velocity)
        for o, d, p in sorted(map(tuple, fact["notes"]))
    ]
    key = written_key(fact["key"])
    meta = {"title": fact["title"]} | ({"pickup": "yes"} if pickup else {})
    known = msgspec.structs.replace(
        known, keys=(build.key_mark(0, key),) if key else None, roles={"melody": "lead"}, meta=meta
    )
    written = [(o, name) for o, name in fact["ts"] if name != PARTIAL]
    metres = [Metre(max(0, _tick(o - pickup)), *map(int, name.split("/"))) for o, name in written]
    merged = tuple(
        m for n, m in enumerate(metres) if n == 0 or (m.beats, m.unit) != (metres[n - 1].beats, metres[n - 1].unit)
    )
    part = Part("melody", -1, drum=False, notes=np.array(rows, np.int64))
    about = msgspec.structs.replace(item.about, played=False)
    item = msgspec.structs.replace(item, about=about)
    return build.piece(item, [part], config, known, Midi((), (), merged, (), ()))


def _tick(beats: float) -> int:
    return round(beats * TICKS_PER_BEAT)


def rs200(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a rock song: transcribed melody and Roman numerals, packed one after the other; either may be empty."""
    melody, harmony = msgspec.msgpack.decode(item.content(), type=tuple[str, str])
    sung, played = rock.melody(melody, config.default_velocity), rock.harmony(harmony)
    if not sung.notes and not played.chords:
        raise BrokenFile("neither melody nor chords")
    wide = bool(sung.notes) and np.ptp([note[2] for note in sung.notes]) > config.lead.widest_semitones
    singable = sung.notes and not wide  # octaves are told by steps: one misread sign shifts all that follows
    parts = [Part("melody", -1, drum=False, notes=np.array(sung.notes, np.int64))] if singable else []
    tonics = played.keys or sung.keys
    known = Known(
        keys=rock.modes(tonics, sung.notes, played.chords) or None, chords=played.chords, roles={"melody": "lead"}
    )
    about = msgspec.structs.replace(item.about, played=False)
    metres = played.metres or sung.metres
    yield build.piece(msgspec.structs.replace(item, about=about), parts, config, known, Midi((), (), metres, (), ()))
