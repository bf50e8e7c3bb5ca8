"""The corpora that are archives of MIDI files: what each folder knows beside the notes."""

import csv
import json
from pathlib import Path

import msgspec

from training.corpus.folders import Items, Maker, as_bytes, members, plain, rows, table
from training.corpus.item import About


def pop909(folder: Path, make: Maker) -> Items:
    """POP909-CL: quantised tracks and the chord table (the unquantised originals are the same songs)."""
    facts = {fact["id"]: fact for fact in map(json.loads, rows(folder / "pop909_cl_chords.jsonl.xz"))}
    for name, data in members(folder / "pop909_cl_tracks_midi.tar.xz"):
        fact = facts.get(Path(name).stem)
        if fact is not None:
            about = About(song=f"pop909/{fact['id']}", played=True, meta={"fact": as_bytes(fact).decode()})
            yield make.item("pop909", fact["id"], data, about)


def groove(folder: Path, make: Maker) -> Items:
    """Groove MIDI Dataset; takes of one session, style and tempo are one song; its own splits are kept."""
    with (folder / "info.csv").open(encoding="utf-8") as lines:
        told = {row["midi_filename"]: row for row in csv.DictReader(lines)}
    for name, data in members(folder / "groove_midi.tar.xz"):
        row = told.get(name)
        if row is None:
            continue
        song = "/".join((row["session"], row["style"], row["bpm"]))
        split = {"validation": "test"}.get(row["split"], "")
        meta = {"style": row["style"], "beat_type": row["beat_type"], "metre": row["time_signature"].replace("-", "/")}
        yield make.item("band", name, data, About(song=song, split=split, played=True, meta=meta))


def lmms(folder: Path, make: Maker) -> Items:
    """LMMS demo songs; each has a licence of its own."""
    licences = {Path(entry["file"]).stem: entry["licence"] for entry in table(folder / "manifest.json")}
    for name, data in members(folder / "lmms_midi.tar.xz"):
        stem = Path(name).stem
        yield make.item("band", stem, data, About(licence=licences.get(stem, "")))


def freedoom(folder: Path, make: Maker) -> Items:
    """Freedoom's game music."""
    for name, data in members(folder / "freedoom_midi.tar.xz"):
        yield make.item("band", Path(name).stem, data)


def lieder(folder: Path, make: Maker) -> Items:
    """OpenScore Lieder: voice and piano."""
    for name, data in members(folder / "openscore_lieder_midi.tar.xz"):
        yield make.item("band", Path(name).stem, data, About(song=f"lied/{plain(name)}", played=False))


def js_fakes(folder: Path, make: Maker) -> Items:
    """JS Fake Chorales: soprano, alto, tenor, bass in this order."""
    for name, data in members(folder / "js_fakes_midi.tar.xz"):
        yield make.item("band", name, data, About(played=False, roles=("lead", "pad", "pad", "bass")))


def mma(folder: Path, make: Maker) -> Items:
    """Accompaniments rendered from patterns; the grooves of one style are one song."""
    told = {entry["file"]: entry for entry in table(folder / "manifest.json.xz")}
    for name, data in members(folder / "mma_midi.tar.xz"):
        entry = told.get(Path(name).name)
        if entry is not None:
            about = About(song=f"mma/{entry['style']}", played=False, chords=tuple(entry["chords_per_bar"]))
            yield make.item(
                "band", Path(name).stem, data, msgspec.structs.replace(about, meta={"style": entry["style"]})
            )


def nottingham(folder: Path, make: Maker) -> Items:
    """Nottingham tunes: the melody file with its chord file."""
    files = dict(members(folder / "nottingham_abc_and_midi.tar.xz"))
    for name in sorted(name for name in files if "/melody/" in name):
        pair = (files[name], files.get(name.replace("/melody/", "/chords/"), b""))
        yield make.item("nottingham", Path(name).stem, msgspec.msgpack.encode(pair))
