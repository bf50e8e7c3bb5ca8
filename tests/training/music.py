"""A small corpus in the shape of POP909-CL, made up on the spot: six songs over a loop of four chords."""

import io
import json
import lzma
import tarfile
from pathlib import Path

import mido
import numpy as np

LOOP = ((0, "maj"), (9, "min"), (5, "maj"), (7, "maj"))


def song(number: int, bars: int = 24) -> tuple[dict, mido.MidiFile]:
    dice = np.random.default_rng(number)
    tonic = number % 12
    midi = mido.MidiFile(ticks_per_beat=480)
    melody, piano = mido.MidiTrack(), mido.MidiTrack()
    melody.append(mido.MetaMessage("track_name", name="MELODY"))
    piano.append(mido.MetaMessage("track_name", name="PIANO"))
    scale = [0, 2, 4, 7, 9]
    for bar in range(bars):
        for beat in range(4):
            pitch = 60 + tonic + scale[int(dice.integers(5))] + 12 * int(bar >= bars // 2)
            melody.append(mido.Message("note_on", note=pitch, velocity=60 + bar))
            melody.append(mido.Message("note_off", note=pitch, time=480))
            for _ in range(1 + 3 * (bar // 8 % 2)):
                piano.append(mido.Message("note_on", note=48 + beat, velocity=80))
                piano.append(mido.Message("note_off", note=48 + beat))
            piano.append(mido.Message("note_on", note=36, velocity=1))
            piano.append(mido.Message("note_off", note=36, time=480))
    midi.tracks.extend([melody, piano])
    chords = [
        [4.0 * bar, 4.0, (root + tonic) % 12, quality, (root + tonic) % 12]
        for bar in range(bars)
        for root, quality in [LOOP[bar % 4]]
    ]
    names = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    fact = {"id": f"{number:03d}", "timesig": [[0.0, 4, 4]], "key": [[0.0, names[tonic]]], "chords": chords}
    return fact, midi


def make_corpus(folder: Path, songs: int = 24) -> Path:
    """Write `folder/pop909` with so many songs; returns the data folder."""
    target = folder / "pop909"
    target.mkdir(parents=True)
    facts = []
    with tarfile.open(target / "pop909_cl_tracks_midi.tar.xz", "w:xz") as archive:
        for number in range(songs):
            fact, midi = song(number)
            facts.append(json.dumps(fact))
            stream = io.BytesIO()
            midi.save(file=stream)
            member = tarfile.TarInfo(f"{fact['id']}.mid")
            member.size = stream.tell()
            stream.seek(0)
            archive.addfile(member, stream)
    (target / "pop909_cl_chords.jsonl.xz").write_bytes(lzma.compress("\n".join(facts).encode()))
    return folder
