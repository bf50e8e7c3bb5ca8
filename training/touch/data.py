"""Performances of POP909: by how much every onset and velocity lies off what is written.

The originals are not what their name promises: nearly all notes stand on the click. Only stretches that nobody
quantised teach timing; velocities were played nearly throughout. POP909-CL, whose notes are the same, tells where the
bar lines are.
"""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.units import STEPS_PER_BAR, TICKS_PER_STEP
from training import split
from training.corpus.folders import members
from training.corpus.midi import read_midi
from training.touch.freely import click, freely, wrap

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SOURCES: Final = {"pop909": ("B", "MIT (POP909, POP909-CL); songs commercial")}
ORIGINALS: Final = "pop909_main_midi_and_annotations.tar.xz"
TRACKS: Final = ("MELODY", "BRIDGE", "PIANO")
VOICES: Final = ("lead", "bass", "arp", "pad")
FEWEST: Final = 24  # notes of a take worth learning from
PLAYED: Final = 12  # different velocities of a track that was played
LEVEL_BARS: Final = 8  # loudness is told by the mean of so many bars
ASTRAY: Final = 25  # ticks that the corrected bar lines may lie off the click
SINGLE: Final = 0.8  # share of single notes of a line
BASS: Final = 52  # E3: the lowest of the piano's notes is bass up to here
TEST: Final = 0.2  # of the songs; a tenth, as elsewhere, holds too few that were played freely


class Take(msgspec.Struct, frozen=True):
    """One voice of one song, its notes in time, [N]: step from the first bar line, pitch, and what was played.

    late: ticks after the step, nan where the note stands on the click or the player is unsure; loud: velocity less the
    mean of the voice's bars about it (LEVEL_BARS), nan where velocities were not played.
    """

    song: str
    voice: str
    track: str
    steps: Ints
    pitches: Ints
    late: Floats
    loud: Floats


def takes(data: Path) -> list[Take]:
    """Return the takes of every song in 4/4 whose tracks are those of POP909-CL note for note."""
    folder = data / "pop909"
    if not (folder / ORIGINALS).is_file():
        raise FileNotFoundError(f"{folder / ORIGINALS} is not there: only performances off the grid teach the touch")
    with lzma.open(folder / "pop909_cl_chords.jsonl.xz", "rt") as lines:
        metres = {fact["id"]: [mark[1:] for mark in fact["timesig"]] for fact in map(json.loads, lines)}
    common = {song for song, metre in metres.items() if metre == [[4, 4]]}
    gridded = dict(_songs(folder / "pop909_cl_tracks_midi.tar.xz", common))
    found: list[Take] = []
    for song, tracks in _songs(folder / ORIGINALS, gridded.keys()):
        found += _takes(song, tracks, gridded[song])
    return sorted(found, key=lambda take: (take.song, take.track, take.voice))


def _songs(path: Path, wanted: object) -> Iterator[tuple[str, dict[str, Ints]]]:
    """Yield (song, track -> notes [N, 4]: onset, duration, pitch, velocity; in an order that time does not tell)."""
    for name, content in members(path):
        song = Path(name).stem
        if song in wanted:  # type: ignore[operator]
            parts = {part.name: part.notes for part in read_midi(content).parts if part.name in TRACKS}
            yield song, {track: notes[np.lexsort(notes[:, [0, 3, 2]].T)] for track, notes in parts.items()}


def _takes(song: str, played: dict[str, Ints], gridded: dict[str, Ints]) -> Iterator[Take]:
    """Yield a song's takes; none where the corrected bar lines lie between two sixteenths of the click."""
    pairs = {
        track: (notes, gridded[track])
        for track, notes in played.items()
        if track in gridded and np.array_equal(notes[:, 2:], gridded[track][:, 2:])
    }
    if not pairs:
        return
    onsets = np.concatenate([notes[:, 0] for notes, _ in pairs.values()])
    shifts, counts = np.unique(np.concatenate([a[:, 0] - b[:, 0] for a, b in pairs.values()]), return_counts=True)
    shift = int(shifts[counts.argmax()])
    astray = int(wrap(np.array([click(onsets) - shift]))[0])
    if abs(astray) > ASTRAY:
        return
    for track, (notes, _) in pairs.items():
        yield from _voices(song, track, notes[np.lexsort((notes[:, 2], notes[:, 0]))], shift + astray)


def _voices(song: str, track: str, notes: Ints, line: int) -> Iterator[Take]:
    """Share a track's notes out to voices; line: tick of a bar line."""
    if len(notes) < FEWEST:
        return
    late, free = freely(notes[:, 0] - line)
    steps = np.rint((notes[:, 0] - line - late) / TICKS_PER_STEP).astype(np.int64)
    strokes, place, count = np.unique(steps, return_inverse=True, return_counts=True)
    lowest = np.full(len(strokes), 127)
    np.minimum.at(lowest, place, notes[:, 2])
    bass = (notes[:, 2] == lowest[place]) & (notes[:, 2] <= BASS)
    bass[np.flatnonzero(bass)[1:]] = np.diff(steps[bass]) > 0  # one note a step
    above = np.bincount(place[~bass], minlength=len(strokes))[place]
    if track == "PIANO":
        parts = {"bass": bass, "arp": ~bass & (above == 1), "pad": ~bass & (above >= 2)}
    else:
        alone = count[place] == 1
        parts = {"lead": alone} if alone.mean() > SINGLE else {}
    played = len(np.unique(notes[:, 3])) >= PLAYED
    for voice, own in parts.items():
        if own.sum() >= FEWEST:
            loud = _loud(steps[own], notes[own, 3]) if played else np.full(own.sum(), np.nan)
            yield Take(song, voice, track, steps[own], notes[own, 2], np.where(free, late, np.nan)[own], loud)


def _loud(steps: Ints, velocities: Ints) -> Floats:
    """Return velocities less the mean of their LEVEL_BARS bars, nan where too few notes tell it."""
    _, part, count = np.unique(steps // (STEPS_PER_BAR * LEVEL_BARS), return_inverse=True, return_counts=True)
    level = np.bincount(part, velocities) / count
    return np.where(count[part] >= LEVEL_BARS, velocities - level[part], np.nan)


def divide(found: list[Take], seed: int = 0) -> dict[str, list[Take]]:
    """Split by song and cluster of near-duplicates: train and test; the lead's test songs are among them."""
    names = sorted({take.song for take in found})
    lines: dict[str, set[int]] = {name: set() for name in names}
    for take in found:
        if take.track == "MELODY":
            lines[take.song] |= split.shingles(take.steps.tolist(), take.pitches.tolist())
    bunches = split.clusters([lines[name] for name in names])
    sides = dict(zip(names, split.split([f"pop909/{name}" for name in names], bunches, seed, 0.0, TEST), strict=True))
    return {side: [take for take in found if sides[take.song] == side] for side in ("train", "test")}
