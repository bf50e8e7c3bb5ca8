"""Drum corpora as pieces of bars on the grid.

Groove MIDI Dataset (human; its own validation split is held out), drum machine patterns, LMMS songs, Freedoom
(tiers A, A-). Only the Groove performances teach micro-timing; only they and the songs teach velocity.
"""

import csv
import hashlib
import io
import json
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import mido

from engines.codec.drums import BEATS, Hits
from engines.units import STEPS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP
from training.drums.names import GROOVE_STYLES, HYDROGEN_KEYS, MACHINE_KEYS, PATTERN_STYLES
from training.drums.piece import Event, Piece, bar_count, grid, runs

SOURCES = {
    "groove": ("A", "CC BY 4.0 (Gillick et al. 2019)"),
    "drum_patterns": ("A-", "MIT (montoyamoraga); CC BY-SA (Hydrogen patterns, A. Phelipot)"),
    "lmms_projects": ("A", "per song: CC BY, CC BY-SA, BSD, Artistic 2.0"),
    "freedoom_midi": ("A", "BSD-3-Clause (Freedoom)"),
}
VALID_SHARE = 10  # one piece in so many of the training side watches the training (never in the report)


def pieces(data: Path) -> list[Piece]:
    """Return every piece of the four corpora that has a hit."""
    found = [*groove(data / "groove"), *machine(data / "drum_patterns"), *hydrogen(data / "drum_patterns")]
    found += [*lmms(data / "lmms_projects"), *freedoom(data / "freedoom_midi")]
    return [piece for piece in found if any(bar.hits.any() for bar in piece.bars)]


def side(name: str) -> str:
    """Return train or valid for a piece of the training side, by its name alone."""
    return "valid" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % VALID_SHARE == 0 else "train"


def midi_events(file: mido.MidiFile) -> list[Event]:
    """Return the notes of channel 10."""
    found = []
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity and message.channel == 9:
                found.append((tick * TICKS_PER_BEAT / file.ticks_per_beat, message.note, message.velocity / 127))
    return found


def archive(path: Path) -> Iterator[tuple[str, mido.MidiFile]]:
    """Yield (name, file) of every readable .mid of a .tar.xz."""
    with tarfile.open(path) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.name.endswith(".mid") else None
            if stream is not None:
                yield member.name, mido.MidiFile(file=io.BytesIO(stream.read()))


def four_four(file: mido.MidiFile) -> bool:
    """Whether no other metre than 4/4 is written in the file."""
    metres = {(m.numerator, m.denominator) for track in file.tracks for m in track if m.type == "time_signature"}
    return metres <= {(4, 4)}


def groove(folder: Path) -> Iterator[Piece]:
    """Yield the 4/4 takes of the Groove MIDI Dataset; its validation split is our test."""
    with (folder / "info.csv").open(encoding="utf-8") as table:
        rows = {row["midi_filename"]: row for row in csv.DictReader(table)}
    for name, file in archive(folder / "groove_midi.tar.xz"):
        row = rows.get(name)
        if row is None or row["time_signature"] != "4-4" or "shuffle" in row["style"] or "swing" in row["style"]:
            continue
        events = midi_events(file)
        bars = bar_count(events)
        split = "test" if row["split"] == "validation" else side(row["session"] + row["style"] + row["bpm"])
        style = GROOVE_STYLES.get(row["style"].split("/")[0], "unknown")
        fill = "yes" if row["beat_type"] == "fill" else "no"
        yield Piece(name, "groove", split, style, fill, dynamic=True, timed=True, bars=grid(events, bars))


def machine(folder: Path) -> Iterator[Piece]:
    """Yield drum-machine-patterns with 16 steps: measure A and B alternating for four bars, breaks as fills."""
    table = json.loads((folder / "dmp200.json").read_text())
    by_name: dict[str, dict[str, tuple[Hits, ...]]] = defaultdict(dict)
    for entry in table:
        if entry["steps"] == STEPS_PER_BAR:
            accents = set(entry["tracks"].get("AC", ()))
            events = [
                (step * TICKS_PER_STEP, MACHINE_KEYS[drum], 0.95 if step in accents else 0.75)
                for drum, steps in entry["tracks"].items()
                if drum in MACHINE_KEYS
                for step in steps
            ]
            by_name[entry["name"]][entry["part"]] = grid(events, 1)
    for name, parts in by_name.items():
        first = parts.get("Measure A", ())
        yield from _pattern(f"machine/{name}", name.lower(), first + parts.get("Measure B", first), parts.get("Break"))


def hydrogen(folder: Path) -> Iterator[Piece]:
    """Yield Hydrogen's 16-step patterns, each as a loop of four bars; breaks as fills."""
    for entry in json.loads((folder / "hydrogen267.json").read_text()):
        if entry["ticks"] != 4 * entry["ticks_per_quarter"]:
            continue
        scale = TICKS_PER_BEAT / entry["ticks_per_quarter"]
        hits = [
            (tick * scale, HYDROGEN_KEYS[drum], velocity)
            for drum, events in entry["tracks"].items()
            if drum in HYDROGEN_KEYS
            for tick, velocity in events
        ]
        bar = grid(hits, 1)
        plays, fill = ((), bar) if "Break" in entry["name"] else (bar, None)
        yield from _pattern(f"hydrogen/{entry['name']}", entry["genre"], plays, fill)


def lmms(folder: Path) -> Iterator[Piece]:
    """Yield the electronic songs; those with mostly four-on-the-floor bars get that style."""
    for name, file in archive(folder / "lmms_midi.tar.xz"):
        yield from _song(name, "lmms_projects", file, "electronic")


def freedoom(folder: Path) -> Iterator[Piece]:
    """Yield the game songs in 4/4."""
    for name, file in archive(folder / "freedoom_midi.tar.xz"):
        yield from _song(name, "freedoom_midi", file, "metal")


def _song(name: str, source: str, file: mido.MidiFile, style: str) -> Iterator[Piece]:
    events = midi_events(file) if four_four(file) else []
    if not events:
        return
    bars = grid(events, bar_count(events))
    kicked = [bar for bar in bars if bar.hits[:, 0].any()]
    four = sum(bool(bar.hits[BEATS, 0].all()) for bar in kicked)
    style = "four" if style == "electronic" and four * 2 > len(kicked) else style
    for number, run in enumerate(runs(bars)):
        yield Piece(f"{name}#{number}", source, side(name), style, "unknown", dynamic=True, timed=False, bars=run)


def _pattern(name: str, genre: str, bars: tuple[Hits, ...], fill: tuple[Hits, ...] | None) -> Iterator[Piece]:
    style = next((style for word, style in PATTERN_STYLES.items() if genre.startswith(word)), "unknown")
    split = side(name.rsplit(" ", 1)[0])
    if bars:
        loop = (bars * 4)[:4]
        yield Piece(name, "drum_patterns", split, style, "no", dynamic=False, timed=False, bars=loop)
    if fill:
        yield Piece(name + " fill", "drum_patterns", split, style, "yes", dynamic=False, timed=False, bars=fill)
