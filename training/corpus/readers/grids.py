"""Music written on step grids: chorales, drum patterns of two books, bass patterns."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import numpy as np

from engines.units import STEPS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP
from training.corpus import build
from training.corpus.build import Known
from training.corpus.chord_names import pitch_class
from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.parts import BrokenFile, Part
from training.corpus.piece import Piece, Role
from training.drums.names import HYDROGEN_KEYS, MACHINE_KEYS

CHORALE: tuple[tuple[str, Role], ...] = (("soprano", "lead"), ("alto", "pad"), ("tenor", "pad"), ("bass", "bass"))
SILENCE = -1
ACCENT, PLAIN = 0.95, 0.75  # loudness of drum machine steps, as the drums expert reads them


def chorale(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a chorale of four voices on sixteenths; equal neighbours are one note, as the grid does not tell."""
    grid = np.array(json.loads(item.content()), np.int64)
    parts = []
    for (name, _), line in zip(CHORALE, grid.T, strict=True):
        edges = [0, *(np.flatnonzero(np.diff(line)) + 1).tolist(), len(line)]
        rows = [
            (begin * TICKS_PER_STEP, (end - begin) * TICKS_PER_STEP, int(line[begin]), config.default_velocity)
            for begin, end in pairwise(edges)
            if line[begin] != SILENCE
        ]
        if rows:
            parts.append(Part(name, -1, drum=False, notes=np.array(rows, np.int64)))
    yield build.piece(_written(item), parts, config, Known(roles=dict(CHORALE)))


def machine(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a bar of drum-machine-patterns that has 16 steps."""
    entry = json.loads(item.content())
    if entry["steps"] != STEPS_PER_BAR:
        raise BrokenFile(f"{entry['steps']} steps, not {STEPS_PER_BAR}")
    accents = set(entry["tracks"].get("AC", ()))
    hits = [
        (step * TICKS_PER_STEP, MACHINE_KEYS[drum], ACCENT if step in accents else PLAIN)
        for drum, steps in entry["tracks"].items()
        if drum in MACHINE_KEYS
        for step in steps
    ]
    yield _pattern(item, hits, config)


def hydrogen(item: Item, config: Config) -> Iterator[Piece]:
    """Yield one of Hydrogen's patterns of four beats."""
    entry = json.loads(item.content())
    per_beat = entry["ticks_per_quarter"]
    if entry["ticks"] != 4 * per_beat:
        raise BrokenFile(f"{entry['ticks'] / per_beat:g} beats, not 4")
    hits = [
        (round(tick * TICKS_PER_BEAT / per_beat), HYDROGEN_KEYS[drum], loud)
        for drum, events in entry["tracks"].items()
        if drum in HYDROGEN_KEYS
        for tick, loud in events
    ]
    yield _pattern(item, hits, config)


def _pattern(item: Item, hits: list[tuple[int, int, float]], config: Config) -> Piece:
    rows = sorted((tick, TICKS_PER_STEP, key, max(1, min(127, round(loud * 127)))) for tick, key, loud in hits)
    if not rows:
        raise BrokenFile("no drum that we know")
    part = Part("drums", -1, drum=True, notes=np.array(rows, np.int64))
    return build.piece(_written(item), [part], config, Known(keys=(), chords=()))


def bassline(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a bass bar of 16 steps; each note rings to the next."""
    entry = json.loads(item.content())
    struck = [(step, name) for step, name in enumerate(entry["steps"]) if name]
    if not struck:
        raise BrokenFile("no notes")
    ends = [step for step, _ in struck[1:]] + [STEPS_PER_BAR]
    rows = [
        (step * TICKS_PER_STEP, (end - step) * TICKS_PER_STEP, _midi(name), config.default_velocity)
        for (step, name), end in zip(struck, ends, strict=True)
    ]
    part = Part("bass", -1, drum=False, notes=np.array(rows, np.int64))
    yield build.piece(_written(item), [part], config, Known(chords=(), roles={"bass": "bass"}))


def _midi(name: str) -> int:
    found = re.fullmatch(r"([A-G][#b]?)(\d)", name)
    if found is None:
        raise BrokenFile(f"no note: {name}")
    return pitch_class(found[1]) + 12 * (int(found[2]) + 1)


def _written(item: Item) -> Item:
    return msgspec.structs.replace(item, about=msgspec.structs.replace(item.about, played=False))
