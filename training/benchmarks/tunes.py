"""The Nottingham melodies in the benchmark's protocol: one token a 16th, pitches relative to the relative major.

Tunes whose only metre is 4/4, in the order of their file names, shuffled with seed 0; the first 60 are held out.
A token is HOLD, REST or a pitch above the tonic of the key signature's major; a rest goes on as HOLD. A tune ends
with its last note.
"""

import io
import random
import tarfile
from pathlib import Path

import mido
import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.units import STEPS_PER_BAR
from training.corpus.chord_names import pitch_class
from training.split import clusters, shingles

HOLD, REST = 0, 1
FOLDER = "nottingham_gpl"
HELD_OUT = 60
WATCHED = 30  # tunes of the train side that watch the training (never in the report)

Notes = list[tuple[int, int, int]]


class Melody(msgspec.Struct, frozen=True, eq=False):
    """A tune: tokens int64 [T]; chords float32 [T, 13]: pitch classes above the tonic that sound, whether they begin.

    group: number of its cluster of near-duplicates.
    """

    name: str
    tokens: NDArray[np.int64]
    chords: NDArray[np.float32]
    group: int


class Sides(msgspec.Struct, frozen=True):
    """The split; vocabulary: number of tokens."""

    train: list[Melody]
    valid: list[Melody]
    test: list[Melody]
    vocabulary: int


def read(data: Path) -> Sides:
    """Read and split the tunes of `data/nottingham_gpl`."""
    parts: dict[str, dict[str, mido.MidiFile]] = {"melody": {}, "chords": {}}
    with tarfile.open(data / FOLDER / "nottingham_abc_and_midi.tar.xz") as archive:
        for member in archive:
            path = Path(member.name)
            stream = archive.extractfile(member) if path.suffix == ".mid" else None
            if stream:
                parts[path.parent.name][path.name] = mido.MidiFile(file=io.BytesIO(stream.read()))
    names = [name for name in sorted(parts["melody"]) if _metres(parts["melody"][name]) == {(4, 4)}]
    return split([_tune(name, parts["melody"][name], parts["chords"].get(name)) for name in names])


def split(tunes: list[tuple[str, int, Notes, Notes]]) -> Sides:
    """Return the sides of tunes (name, tonic, melody notes, chord notes); notes: (onset, steps, pitch)."""
    pitches = sorted({pitch - tonic for _, tonic, notes, _ in tunes for _, _, pitch in notes})
    number = {pitch: place for place, pitch in enumerate(pitches, start=2)}
    groups = clusters([shingles([n[0] for n in notes], [n[2] for n in notes]) for _, _, notes, _ in tunes])
    found = [_melody(*tune, number, group) for tune, group in zip(tunes, groups, strict=True)]
    random.Random(0).shuffle(found)
    test, rest = found[:HELD_OUT], found[HELD_OUT:]
    return Sides(rest[WATCHED:], rest[:WATCHED], test, len(pitches) + 2)


def _melody(  # noqa: PLR0917
    name: str, tonic: int, notes: Notes, chords: Notes, number: dict[int, int], group: int
) -> Melody:
    end = max(onset + steps for onset, steps, _ in notes)
    tokens, sounding = np.zeros(end, np.int64), np.zeros(end, bool)
    for onset, steps, pitch in notes:
        tokens[onset : onset + steps] = HOLD
        tokens[onset] = number[pitch - tonic]
        sounding[onset : onset + steps] = True
    silent = ~sounding
    tokens[silent & ~np.concatenate([[False], silent[:-1]])] = REST
    told = np.zeros((end, 13), np.float32)
    for onset, steps, pitch in chords:
        told[onset : onset + steps, (pitch - tonic) % 12] = 1
        told[onset : onset + 1, 12] = 1
    return Melody(name, tokens, told, group)


def _metres(midi: mido.MidiFile) -> set[tuple[int, int]]:
    return {(m.numerator, m.denominator) for track in midi.tracks for m in track if m.type == "time_signature"}


def _tune(name: str, melody: mido.MidiFile, chords: mido.MidiFile | None) -> tuple[str, int, Notes, Notes]:
    key = next(m.key for track in melody.tracks for m in track if m.type == "key_signature")
    tonic = (pitch_class(key.rstrip("m")) + 3 * key.endswith("m")) % 12
    return name, tonic, notes_of(melody), notes_of(chords) if chords else []


def notes_of(midi: mido.MidiFile) -> Notes:
    """Return (onset, steps, pitch) in steps of a 16th; every note lasts at least one."""
    step, now, begun, found = midi.ticks_per_beat * 4 / STEPS_PER_BAR, 0, {}, []
    for message in mido.merge_tracks(midi.tracks):
        now += message.time
        if message.type == "note_on" and message.velocity:
            begun[message.note] = now
        elif message.type in {"note_on", "note_off"} and message.note in begun:
            onset = round(begun.pop(message.note) / step)
            found.append((onset, max(1, round(now / step) - onset), message.note))
    return sorted(found)
