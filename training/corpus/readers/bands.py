"""MIDI files: any band's, POP909-CL with its expert chords, Nottingham's melody and chord pairs."""

import json
from collections.abc import Iterator

import msgspec
import numpy as np

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.pitch import TheoryError
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from training.corpus import build
from training.corpus.build import Known
from training.corpus.chord_names import POP_CHORD
from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.midi import read_midi
from training.corpus.parts import BrokenFile, Part
from training.corpus.piece import Piece, Role, Span

POP_ROLES: dict[str, Role] = {"MELODY": "lead", "BRIDGE": "other"}


def band(item: Item, config: Config) -> Iterator[Piece]:
    """Yield the piece of one MIDI file; what its folder knows (roles, chords a bar) is taken over."""
    midi = read_midi(item.content())
    parts, roles = midi.parts, item.about.roles
    if not parts:
        raise BrokenFile("no notes")
    named: dict[str, Role] = {}
    if len(roles) == len(parts):
        parts = tuple(msgspec.structs.replace(p, name=f"voice {n}") for n, p in enumerate(parts))
        named = {part.name: role for part, role in zip(parts, roles, strict=True)}
    chords = _bar_chords(item.about.chords) if item.about.chords else None
    yield build.piece(item, parts, config, Known(chords=chords, roles=named), midi)


def _bar_chords(names: tuple[str, ...]) -> tuple[Span, ...]:
    found = []
    for bar, name in enumerate(names):
        try:
            found.append(Span(bar * TICKS_PER_BAR, (bar + 1) * TICKS_PER_BAR, Chord.parse(name).name))
        except TheoryError:
            continue
    return tuple(found)


def pop909(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a song of POP909-CL: MELODY is the lead, the chord table tells chords and keys."""
    midi, fact = read_midi(item.content()), json.loads(item.about.meta["fact"])
    chords = tuple(
        Span(
            round(onset * TICKS_PER_BEAT), round((onset + beats) * TICKS_PER_BEAT), Chord(root, POP_CHORD[q], bass).name
        )
        for onset, beats, root, q, bass in fact["chords"]
        if q in POP_CHORD
    )
    keys = tuple(build.key_mark(round(at * TICKS_PER_BEAT), Key.parse(name)) for at, name in fact["key"])
    parts = [part for part in midi.parts if part.name != "CHORDS"]
    bare = msgspec.structs.replace(item, about=msgspec.structs.replace(item.about, meta={}))
    yield build.piece(bare, parts, config, Known(keys=keys or None, chords=chords, roles=POP_ROLES), midi)


def nottingham(item: Item, config: Config) -> Iterator[Piece]:
    """Yield a tune: melody file, and the block chords of its twin, packed one after the other."""
    first, second = msgspec.msgpack.decode(item.content(), type=tuple[bytes, bytes])
    midi = read_midi(first)
    if not midi.parts:
        raise BrokenFile("no notes")
    melody = msgspec.structs.replace(midi.parts[0], name="melody")
    blocks = read_midi(second).parts if second else ()
    known = Known(chords=_blocks(blocks), roles={"melody": "lead"})
    yield build.piece(item, [melody], config, known, midi)


def _blocks(parts: tuple[Part, ...]) -> tuple[Span, ...]:
    """Return the chords of a track of block chords: the notes that begin together."""
    found = []
    for notes in (part.notes for part in parts):
        for onset in np.unique(notes[:, 0]):
            block = notes[notes[:, 0] == onset]
            chord = Chord.from_pitches(block[:, 2].tolist())
            if chord is not None:
                found.append(Span(int(onset), int((block[:, 0] + block[:, 1]).max()), chord.name))
    return tuple(found)
