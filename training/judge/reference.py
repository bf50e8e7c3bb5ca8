"""The reference: a folder of MIDI files with chords, in the form of POP909-CL or near it, and what it lacks.

MIDI files lie open or in a .tar, .tar.xz ..; a chord table is a .jsonl or .jsonl.xz with id, key, timesig, chords.
A song is one id: the stem of its file. Only 4/4 is judged.
"""

import hashlib
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import mido
import msgspec

from training.judge.songs import CHORDS, Fact, Song, Tracks, fact_of, song_of, tracks

SUFFIXES: Final = {".mid", ".midi"}
FOUR: Final = {(4, 4), (2, 2)}


class FolderError(ValueError):
    """A folder that cannot be judged against; the message says what is not there."""


class Row(msgspec.Struct, frozen=True):
    """A row of the chord table as POP909-CL has them."""

    id: str | int
    chords: list[tuple[float, float, int, str, int]]
    timesig: list[tuple[float, int, int]] = []
    key: list[tuple[float, str]] = []


class Reference(msgspec.Struct, frozen=True):
    """Songs with notes, rows of chords of all songs, the hash of the files used, and what is missing, in words."""

    folder: str
    songs: tuple[Song, ...]
    facts: tuple[Fact, ...]
    sha256: str
    missing: tuple[str, ...]


def read(folder: Path, keep: Callable[[str], bool] = lambda _: True) -> Reference:
    """Read a folder; keep: whose notes (by id) count; chord rows are all kept: the harmony's split is another.

    Raises FolderError where there is neither music nor a chord table.
    """
    if not folder.is_dir():
        raise FolderError(f"reference {folder}: no such folder")
    digest, missing = hashlib.sha256(), []
    rows, torn = _table(folder, digest)
    facts = {fact["id"]: fact for fact in rows}
    found: dict[str, Tracks] = {}
    broken, foreign, chordless = [], [], []
    for name, data in _files(folder):
        if not keep(name):
            continue
        digest.update(name.encode() + data)
        try:
            found[name] = tracks(mido.MidiFile(file=io.BytesIO(data)))
        except Exception as error:  # mido raises what it likes on broken files
            broken.append(f"{name} ({type(error).__name__})")
    if not found and not facts:
        raise FolderError(f"reference {folder}: no MIDI files (open or in a .tar.xz) and no chord table (*.jsonl.xz)")
    if not facts:
        missing.append("no chord table (*.jsonl, *.jsonl.xz): chords are read from the files' CHORDS tracks")
    if not found:
        missing.append("no MIDI files (open or in a .tar.xz): only next chords are judged")
    songs = []
    for name, each in sorted(found.items()):
        fact = facts.get(name) or fact_of(name, each)
        metres = {tuple(metre[1:]) for metre in fact["timesig"]} or each.metres
        if metres - FOUR:
            foreign.append(name)
            continue
        if not fact["chords"]:
            chordless.append(name)
        facts.setdefault(name, fact)
        songs.append(song_of(fact, each))
    missing += [
        f"{len(names)} songs {why}: {', '.join(names[:5])}{' ..' if len(names) > 5 else ''}"
        for names, why in ((broken, "cannot be read"), (foreign, "are not in 4/4"), (chordless, "have no chords"))
        if names
    ]
    if torn:
        missing.append(f"{torn} rows of the chord table are none")
    kept = tuple(fact for _, fact in sorted(facts.items()) if fact["chords"])
    return Reference(str(folder), tuple(songs), kept, digest.hexdigest(), tuple(missing))


def _table(folder: Path, digest: "hashlib._Hash") -> tuple[list[Fact], int]:
    """Return the rows of every chord table, and how many rows are none."""
    found, torn = [], 0
    for path in sorted(p for p in folder.rglob("*") if p.name.endswith((".jsonl", ".jsonl.xz"))):
        data = path.read_bytes()
        digest.update(path.name.encode() + data)
        text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
        for line in filter(None, text.splitlines()):
            try:
                row = msgspec.to_builtins(msgspec.json.decode(line, type=Row))
                found.append(row | {"id": str(row["id"])})
            except msgspec.MsgspecError:
                torn += 1
    return found, torn


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (stem, bytes) of every MIDI file; where several archives hold music, those with chord tracks count."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    yield from ((p.stem, p.read_bytes()) for p in paths if p.suffix.lower() in SUFFIXES)
    archives = [p for p in paths if ".tar" in p.suffixes and _first(p) is not None]
    chorded = [p for p in archives if _chorded(_first(p) or b"")]
    for path in chorded or archives:
        yield from _members(path)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if Path(member.name).suffix.lower() in SUFFIXES else None
            if stream is not None:
                yield Path(member.name).stem, stream.read()


def _first(path: Path) -> bytes | None:
    return next((data for _, data in _members(path)), None)


def _chorded(data: bytes) -> bool:
    try:
        return any(CHORDS.search(track.name) for track in mido.MidiFile(file=io.BytesIO(data)).tracks)
    except Exception:  # mido raises what it likes on broken files
        return False
