"""Performances made up on the spot, in the shape of POP909: on the grid in one archive, as played in the other."""

import io
import json
import lzma
import tarfile
from pathlib import Path

import mido
import numpy as np

from engines.hand import Wander
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

START = 7  # ticks of the originals before their first bar line
PLAYED = Wander(drift=0.6, beat=0.1, bar=0.1, stroke=0.2, note=0.0, drift_keeps=0.8, habit_keeps=0.9, spread=12.0)


def performance(song: int, bars: int, wander: Wander = PLAYED) -> tuple[list[tuple], list[tuple]]:
    """Return notes (tick, pitch, velocity) of a line, on the grid and as played: eighths and sixteenths."""
    dice = np.random.default_rng(song)
    straight, played = [], []
    for bar in range(1, bars):
        late, loud = (np.rint(spread * wander.strokes(2 * song + n, bar)) for n, spread in enumerate((12, 10)))
        for step in range(STEPS_PER_BAR):
            if step % 2 == 0 or dice.random() < 0.5:
                tick, pitch = (bar * STEPS_PER_BAR + step) * TICKS_PER_STEP, 60 + int(dice.integers(12))
                velocity = int(np.clip(80 + loud[step], 1, 127))
                straight.append((tick, pitch, velocity))
                played.append((tick + int(np.clip(late[step], -30, 30)), pitch, velocity))
    return straight, played


def bass(bars: int) -> list[tuple]:
    """Return a bass that stands on the grid."""
    return [(bar * 1920 + beat * 480, 36, 70 + beat) for bar in range(1, bars) for beat in range(4)]


def make_performances(folder: Path, songs: int = 12, bars: int = 24) -> Path:
    """Write `folder/pop909` with so many songs; returns the data folder."""
    target = folder / "pop909"
    target.mkdir(parents=True)
    facts, gridded, originals = [], {}, {}
    for number in range(songs):
        name = f"{number:03d}"
        facts.append(json.dumps({"id": name, "timesig": [[0.0, 4, 4 if number else 3]], "key": [], "chords": []}))
        straight, played = performance(number, bars)
        gridded[f"{name}.mid"] = _midi({"MELODY": straight, "PIANO": bass(bars)}, 0)
        originals[f"{name}/{name}.mid"] = _midi({"MELODY": played, "PIANO": bass(bars)}, START)
    (target / "pop909_cl_chords.jsonl.xz").write_bytes(lzma.compress("\n".join(facts).encode()))
    _pack(target / "pop909_cl_tracks_midi.tar.xz", gridded)
    _pack(target / "pop909_main_midi_and_annotations.tar.xz", originals)
    return folder


def _midi(tracks: dict[str, list[tuple]], shift: int) -> bytes:
    midi = mido.MidiFile(ticks_per_beat=480)
    for name, notes in tracks.items():
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        presses = [(tick + shift, 1, pitch, velocity) for tick, pitch, velocity in notes]
        releases = [(tick + shift + 50, 0, pitch, 0) for tick, pitch, _ in notes]
        now = 0
        for tick, _, pitch, velocity in sorted(presses + releases):
            track.append(mido.Message("note_on", note=pitch, velocity=velocity, time=tick - now))
            now = tick
        midi.tracks.append(track)
    stream = io.BytesIO()
    midi.save(file=stream)
    return stream.getvalue()


def _pack(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:xz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
