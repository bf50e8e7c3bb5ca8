"""Melodies to learn the lead from: POP909-CL with chords, OpenEWLD lead sheets, folk tunes without chords.

Songs become segments of bars on the grid, relative to the relative-major tonic; a segment ends where the
key changes or the melody is silent for more than a bar.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.card import Source
from engines.codec.grid import Harmony
from engines.codec.lead import PITCHES, encode
from engines.note import Bar, Note
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP
from training import split
from training.corpus import material, store
from training.corpus.material import Material
from training.corpus.tunes import tunes_of
from training.lead.tunes import FOLDERS, READERS, Tune

__all__ = ["FOLDERS", "Segment", "divide", "read", "segments"]

SILENCE_BARS = 1
SHORTEST_BARS = 4
FEWEST_ONSETS = 16


class Segment(msgspec.Struct):
    """N bars on the grid.

    tokens, bins: int16 [N, 16]. chords: per bar four beats and the next bar's first (None unknown).
    first, song_bars: bar number in the song, and the song's length. backing: loudness of the accompaniment per bar.
    """

    name: str
    corpus: str
    minor: bool
    tokens: NDArray[np.int16]
    bins: NDArray[np.int16]
    chords: list[tuple[Harmony | None, ...]]
    first: int
    bars: int
    song_bars: int
    backing: NDArray[np.float32] | None
    onsets: list[int]
    pitches: list[int]


def segments(tune: Tune) -> Iterator[Segment]:
    """Cut a tune into segments without long silences."""
    if len(tune.events) < 16:
        return
    bars = max(event[0] for event in tune.events) // STEPS_PER_BAR + 1
    notes: list[list[Note]] = [[] for _ in range(bars)]
    for onset, steps, pitch, velocity in tune.events:
        duration = max(1, min(TICKS_PER_BAR, steps * TICKS_PER_STEP))
        notes[onset // STEPS_PER_BAR].append(Note(onset % STEPS_PER_BAR * TICKS_PER_STEP, duration, pitch, velocity))
    begun = None
    for bar in range(bars + 1):
        silent = bar == bars or not any(notes[bar : bar + SILENCE_BARS + 1])
        if begun is None and bar < bars and notes[bar]:
            begun = bar
        elif begun is not None and silent:
            if bar - begun >= SHORTEST_BARS:
                yield _segment(tune, notes, begun, bar)
            begun = None


def _segment(tune: Tune, notes: list[list[Note]], begun: int, end: int) -> Segment:
    tonic, ringing, rows = tune.key.relative_major, 0, []
    for bar in range(begun, end):
        rows.append(encode(Bar.of(notes[bar]), tonic, ringing))
        ringing = rows[-1].tail
    chords = [_chords(tune, bar, tonic) for bar in range(begun, end)]
    inside = [e for e in tune.events if begun <= e[0] // STEPS_PER_BAR < end]
    return Segment(
        name=tune.name,
        corpus=tune.corpus,
        minor=tune.key.is_minor,
        tokens=np.array([row.tokens for row in rows], np.int16),
        bins=np.array([row.bins for row in rows], np.int16),
        chords=chords,
        first=begun,
        bars=end - begun,
        song_bars=len(notes),
        backing=None if tune.backing is None else tune.backing[begun:end],
        onsets=[e[0] for e in inside],
        pitches=[e[2] for e in inside],
    )


def _chords(tune: Tune, bar: int, tonic: int) -> tuple[Harmony | None, ...]:
    if tune.chords is None:
        return (None,) * 5
    found = (tune.chords.get(beat) for beat in range(bar * 4, bar * 4 + 5))
    return tuple(c and Harmony.of(c.root, c.pitch_classes, c.bass, tonic) for c in found)


def read(data: Path) -> list[Segment]:
    """Return every segment of the folders that are there."""
    found = (tune for name, reader in READERS.items() if (data / name).is_dir() for tune in reader(data / name))
    return enough(found)


def prepared(corpus: Path) -> dict[str, list[Segment]]:
    """Return the segments of a prepared corpus by the sides of its own split."""
    return material.sides(corpus, MATERIAL)


def enough(tunes: Iterable[Tune]) -> list[Segment]:
    """Return the segments of tunes that have notes enough."""
    found = (segment for tune in tunes for segment in segments(tune))
    return [segment for segment in found if (segment.tokens < PITCHES).sum() >= FEWEST_ONSETS]


MATERIAL = Material("melodies", f"a lead of {FEWEST_ONSETS} notes and a key", lambda piece: enough(tunes_of(piece)))


def provenance(data: Path) -> tuple[tuple[Source, ...], str]:
    """Return what a card says of the music: sources with hashes, and tiers."""
    from training.publish import provenance as known  # brings onnx, which no reader of music needs

    named, tiers = known(data, FOLDERS)
    return named, tiers if store.is_corpus(data) else "A- to B"


def divide(segments: list[Segment], seed: int = 0) -> dict[str, list[Segment]]:
    """Split by song and cluster of near-duplicates: train, valid, test."""
    names = sorted({segment.name for segment in segments})
    found: dict[str, set[int]] = {name: set() for name in names}
    for segment in segments:
        found[segment.name] |= split.shingles(segment.onsets, segment.pitches)
    bunches = split.clusters([found[name] for name in names])
    sides = dict(zip(names, split.split(names, bunches, seed), strict=True))
    return {side: [s for s in segments if sides[s.name] == side] for side in ("train", "valid", "test")}
