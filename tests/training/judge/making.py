"""A made reference in the form of POP909-CL: songs over a loop of four chords, quantised, with a chord table."""

import io
import json
import lzma
from pathlib import Path

import mido
import numpy as np
from msgspec.structs import replace

from tests.training.beats import pack
from training.corpus.sixteenths import Played
from training.judge import settings
from training.judge.blueprints import Blueprint, blueprints
from training.judge.settings import Settings
from training.judge.songs import Song, Tracks, song_of

LOOP = ((9, "min"), (5, "maj"), (0, "maj"), (7, "maj"))
TRIADS = {"maj": (0, 4, 7), "min": (0, 3, 7)}
BARS = 24
TICKS = 120


def melody(number: int, bars: int = BARS) -> list[Played]:
    """Chord tones on the beats, steps of the scale between, seeded; never quite the same twice."""
    dice = np.random.default_rng(number)
    found, last = [], 67
    for bar in range(bars):
        root, quality = LOOP[bar % 4]
        tones = [(root + step) % 12 for step in TRIADS[quality]]
        for step in (0, 4, 6, 8, 12) if dice.random() < 0.7 else (0, 3, 6, 8, 10, 12):
            wanted = tones if step % 8 == 0 else [0, 2, 4, 5, 7, 9, 11]
            near = [p for p in range(last - 5, last + 6) if (p % 12) in wanted and 58 < p < 84]
            last = int(dice.choice(near))
            found.append((bar * 16 + step, 2, last, int(dice.integers(60, 110))))
    return [(onset, length, pitch + number % 12, velocity) for onset, length, pitch, velocity in found]


def piano(number: int, bars: int = BARS) -> list[Played]:
    """Triads, two a bar."""
    return [
        (bar * 16 + half, 8, 48 + (LOOP[bar % 4][0] + step) % 12 + number % 12, 70)
        for bar in range(bars)
        for half in (0, 8)
        for step in TRIADS[LOOP[bar % 4][1]]
    ]


def fact(number: int, bars: int = BARS) -> dict:
    key = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")[number % 12]
    roots = [((LOOP[bar % 4][0] + number) % 12, LOOP[bar % 4][1]) for bar in range(bars)]
    chords = [[4.0 * bar, 4.0, root, quality, root] for bar, (root, quality) in enumerate(roots)]
    return {"id": f"{number:03}", "timesig": [[0.0, 4, 4]], "key": [[0.0, key]], "chords": chords}


def song(number: int, bars: int = BARS) -> Song:
    return song_of(fact(number, bars), Tracks(tuple(melody(number, bars)), tuple(piano(number, bars))))


def midi(number: int, *, chords: bool = True, late: int = 0) -> bytes:
    """The song as a file; chords: with a track CHORDS; late: off the grid by so many ticks."""
    parts = {"MELODY": melody(number), "PIANO": piano(number)} | ({"CHORDS": piano(number)} if chords else {})
    file = mido.MidiFile(ticks_per_beat=480)
    for name, notes in parts.items():
        track, now = mido.MidiTrack(), 0
        track.append(mido.MetaMessage("track_name", name=name))
        events = [(o * TICKS + late, 1, p, v) for o, _, p, v in notes]
        events += [((o + n) * TICKS + late, 0, p, 0) for o, n, p, _ in notes]
        for tick, on, pitch, velocity in sorted(events):
            track.append(mido.Message("note_on" if on else "note_off", note=pitch, velocity=velocity, time=tick - now))
            now = tick
        file.tracks.append(track)
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


def write_table(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(json.dumps(fact(number)) for number in range(count))
    (folder / "pop909_cl_chords.jsonl.xz").write_bytes(lzma.compress(lines.encode()))


def write_folder(folder: Path, count: int = 3) -> Path:
    """The whole form: a table, packed tracks, and expressive originals beside that must not count."""
    write_table(folder, count)
    pack(folder / "pop909_cl_tracks_midi.tar.xz", {f"{n:03}.mid": midi(n) for n in range(count)})
    originals = {f"{n:03}.mid": midi(n, chords=False, late=50) for n in range(count)}
    pack(folder / "pop909_main_midi_and_annotations.tar.xz", originals)
    return folder


def small() -> Settings:
    """The card's numbers, made small."""
    return replace(
        settings.load(), excerpts=6, tension_pieces=2, tension_bars=16, shuffles=5, resamples=100, seeds=(0, 1), shown=1
    )


def made(count: int = 4) -> list[Blueprint]:
    return blueprints([song(number) for number in range(count)], 8, 8)
