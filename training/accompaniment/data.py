"""Bass, arp and pad around a melody: POP909-CL's piano in three roles, and LMMS songs whose tracks say theirs."""

import io
import json
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec import accompaniment as codec
from engines.codec import lead
from engines.codec.accompaniment import VOICES
from engines.note import Bar, Note
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import BEATS_PER_BAR, STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP
from training.accompaniment.roles import Parts, guess_key, split_piano
from training.corpus.chord_names import POP_CHORD
from training.corpus.midi import Midi, read_midi

FOLDERS = {
    "pop909": ("B", "MIT (annotators); the songs are commercial compositions"),
    "lmms_projects": ("A", "CC BY, CC BY-SA, BSD, Artistic 2.0: one licence per song"),
}
SHORTEST_BARS = 8
ROLES = {"bass": "bass", "arp": "arp", "pluck": "arp", "pad": "pad", "chords": "pad", "keys": "pad", "lead": "lead"}
Ints16 = NDArray[np.int16]


class Song(msgspec.Struct):
    """N bars in one key, on the grid.

    tokens, bins: int16 [N, 3, 16] of bass, arp, pad. melody: int16 [N, 2, 16], the lead's token and sounding pitch.
    chords: per bar four beats and the next bar's first, relative to the tonic, None unknown. classes: the pitch classes
    that all voices sound at a step, as bits, int16 [N, 16]. levels: per bar and voice onsets, mean MIDI pitch and mean
    velocity, float32 [N, 3, 3], zero where it rests.
    """

    name: str
    corpus: str
    minor: bool
    tokens: Ints16
    bins: Ints16
    melody: Ints16
    chords: list[tuple[Chord | None, ...]]
    classes: Ints16
    levels: NDArray[np.float32]
    first: int
    song_bars: int


def read(data: Path) -> list[Song]:
    """Return the songs of the folders that are there."""
    readers = {"pop909": pop909, "lmms_projects": lmms}
    return [song for name, reader in readers.items() if (data / name).is_dir() for song in reader(data / name)]


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream and member.name.endswith(".mid"):
                yield Path(member.name).stem, io.BytesIO(stream.read()).getvalue()


def pop909(folder: Path) -> Iterator[Song]:
    """Read POP909-CL: songs in 4/4, cut at key changes."""
    with lzma.open(folder / "pop909_cl_chords.jsonl.xz", "rt") as lines:
        facts = {fact["id"]: fact for fact in map(json.loads, lines)}
    for name, content in _members(folder / "pop909_cl_tracks_midi.tar.xz"):
        fact = facts.get(name)
        if fact is None or not fact["key"] or [mark[1:] for mark in fact["timesig"]] != [[4, 4]]:
            continue
        tracks = _tracks(read_midi(content))
        parts = split_piano(tracks.get("PIANO", []), tracks.get("BRIDGE", [])) | {"lead": tracks.get("MELODY", [])}
        marks = [(round(float(at) / BEATS_PER_BAR), Key.parse(text)) for at, text in fact["key"]]
        chords = _beats(fact["chords"])
        for number, (at, key) in enumerate(marks):
            end = marks[number + 1][0] if number + 1 < len(marks) else bars_in(parts)
            yield from make(f"pop909/{name}", key, parts, chords, (at if number else 0, end))


def _tracks(midi: Midi) -> Parts:
    """Return notes by track, onsets on the grid of sixteenths and counted from the start of the song."""
    found: Parts = {}
    for part in midi.parts:
        for onset, duration, pitch, velocity in part.notes.tolist():
            found.setdefault(part.name, []).append(on_grid(onset, duration, pitch, velocity))
    return found


def on_grid(onset: int, duration: int, pitch: int, velocity: int) -> Note:
    """Return a note that begins at the nearest sixteenth and lasts from one to a bar."""
    step = (onset + TICKS_PER_STEP // 2) // TICKS_PER_STEP
    return Note(step * TICKS_PER_STEP, max(TICKS_PER_STEP, min(TICKS_PER_BAR, duration)), pitch, velocity)


def _beats(rows: list[list]) -> dict[int, Chord]:  # type: ignore[type-arg]
    found = {}
    for onset, duration, root, quality, bass in rows:
        for beat in range(round(onset), max(round(onset) + 1, round(onset + duration))):
            if quality in POP_CHORD:
                found[beat] = Chord(root, POP_CHORD[quality], bass)
    return found


def bars_in(parts: Parts) -> int:
    """Return the bars in which notes begin."""
    return max((note.onset for notes in parts.values() for note in notes), default=0) // TICKS_PER_BAR + 1


def lmms(folder: Path) -> Iterator[Song]:
    """Read LMMS songs: roles as their tracks are named, no chords, the key from the notes."""
    for name, content in _members(folder / "lmms_midi.tar.xz"):
        parts: Parts = {}
        for track, notes in _tracks(read_midi(content)).items():
            role = ROLES.get(track.split("|")[0])
            if role:
                parts.setdefault(role, []).extend(notes)
        if accompanies(parts):
            yield from make(f"lmms_projects/{name}", guess_key(parts), parts, {}, (0, bars_in(parts)))


def accompanies(parts: Parts) -> bool:
    """Return whether there is a bass, and an arp or a pad above it."""
    return bool(parts.get("bass") and (parts.get("arp") or parts.get("pad")))


def make(name: str, key: Key, parts: Parts, chords: dict[int, Chord], span: tuple[int, int]) -> Iterator[Song]:
    """Put the bars of a span on the grid; nothing where there are too few."""
    begin, end = span
    if end - begin < SHORTEST_BARS:
        return
    tonic = key.relative_major
    rows = {voice: _rows(parts.get(voice, []), voice, tonic, begin, end) for voice in (*VOICES, "lead")}
    line = rows["lead"][0].reshape(-1)
    heard = codec.sounding(line)
    beats = [
        tuple((c := chords.get(bar * 4 + beat)) and _relative(c, tonic) for beat in range(5))
        for bar in range(begin, end)
    ]
    yield Song(
        name=name,
        corpus=name.split("/", maxsplit=1)[0],
        minor=key.is_minor,
        tokens=np.stack([rows[voice][0] for voice in VOICES], 1).astype(np.int16),
        bins=np.stack([rows[voice][1] for voice in VOICES], 1).astype(np.int16),
        melody=np.stack([line, heard]).reshape(2, -1, STEPS_PER_BAR).transpose(1, 0, 2).astype(np.int16),
        chords=beats,
        classes=_classes([note for voice in VOICES for note in parts.get(voice, [])], tonic, span),
        levels=np.stack([rows[voice][2] for voice in VOICES], 1).astype(np.float32),
        first=begin,
        song_bars=bars_in(parts),
    )


def _relative(chord: Chord, tonic: int) -> Chord:
    return Chord((chord.root - tonic) % 12, chord.quality, (chord.bass - tonic) % 12)


def _classes(notes: list[Note], tonic: int, span: tuple[int, int]) -> Ints16:
    found = np.zeros(span[1] * STEPS_PER_BAR + STEPS_PER_BAR, np.int16)
    for note in notes:
        first, end = note.onset // TICKS_PER_STEP, -(-note.end // TICKS_PER_STEP)
        found[first:end] |= np.int16(1 << (note.pitch - tonic) % 12)
    return found[: span[1] * STEPS_PER_BAR].reshape(-1, STEPS_PER_BAR)[span[0] :]


def _rows(notes: list[Note], voice: str, tonic: int, begin: int, end: int) -> tuple[NDArray, NDArray, NDArray]:  # type: ignore[type-arg]
    """Return tokens [N, 16], bins [N, 16] and levels [N, 3] of one voice."""
    bars: list[list[Note]] = [[] for _ in range(begin, end)]
    for note in notes:
        number = note.onset // TICKS_PER_BAR - begin
        if 0 <= number < len(bars):
            bars[number].append(msgspec.structs.replace(note, onset=note.onset % TICKS_PER_BAR))
    ringing, tokens, bins, levels = 0, [], [], []
    for row in bars:
        bar = Bar.of(row)
        cells = lead.encode(bar, tonic, ringing) if voice == "lead" else codec.encode(bar, voice, tonic, ringing)
        ringing = cells.tail
        tokens.append(cells.tokens)
        bins.append(cells.bins)
        onsets = sum(token < lead.PITCHES for token in cells.tokens)
        levels.append([onsets, *([np.mean([(n.pitch, n.velocity) for n in row], 0)] if row else [(0.0, 0.0)])[0]])
    return np.array(tokens, np.int64), np.array(bins), np.array(levels, np.float32)
