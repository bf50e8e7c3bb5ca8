"""Where music comes from: every data folder in its own form, and any user's folder of MIDI files.

Each source yields Items in an order that never changes, so that shards are the same on every run.
"""

import csv
import json
import lzma
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from training.corpus.item import About, Item
from training.corpus.piece import Tier

Items = Iterator[Item]


class Source(msgspec.Struct, frozen=True):
    """A data folder: its tier and licence, and how its units are found."""

    tier: Tier
    licence: str
    items: Callable[[Path, "Maker"], Items]


class Maker(msgspec.Struct, frozen=True):
    """Makes the items of one source."""

    source: str
    tier: Tier
    licence: str

    def item(self, reader: str, name: str, data: bytes, about: About | None = None) -> Item:
        """Return an item with its bytes."""
        return Item(self.source, reader, name, self.tier, self.licence, data, about=about or About())


def members(path: Path, ending: str = ".mid") -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of the files of an archive whose names end so."""
    with tarfile.open(path) as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.name.endswith(ending) else None
            if stream is not None:
                yield member.name, stream.read()


def rows(path: Path) -> Iterator[bytes]:
    """Yield the lines of a packed table."""
    with lzma.open(path) as lines:
        yield from lines


def table(path: Path) -> Any:
    """Return a JSON file, packed or not."""
    return json.loads(lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes())


def _bytes(value: object) -> bytes:
    return msgspec.json.encode(value)


def pop909(folder: Path, make: Maker) -> Items:
    """POP909-CL: quantised tracks and the chord table (the unquantised originals are the same songs)."""
    facts = {fact["id"]: fact for fact in map(json.loads, rows(folder / "pop909_cl_chords.jsonl.xz"))}
    for name, data in members(folder / "pop909_cl_tracks_midi.tar.xz"):
        fact = facts.get(Path(name).stem)
        if fact is not None:
            about = About(song=f"pop909/{fact['id']}", played=True, meta={"fact": _bytes(fact).decode()})
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
        yield make.item("band", Path(name).stem, data, About(song=f"lied/{_plain(name)}", played=False))


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


def openewld(folder: Path, make: Maker) -> Items:
    """OpenEWLD's public-domain lead sheets."""
    for line in rows(folder / "openewld_pd.jsonl.xz"):
        yield make.item("openewld", str(json.loads(line)["id"]), line)


def folk(folder: Path, make: Maker) -> Items:
    """Folk tunes without chords."""
    for line in rows(folder / "folk_melodies.jsonl.xz"):
        yield make.item("folk", json.loads(line)["id"], line)


def chorales(folder: Path, make: Maker) -> Items:
    """Bach chorales on sixteenths with the usual splits."""
    for split, grids in table(folder / "Jsb16thSeparated.json.xz").items():
        for number, grid in enumerate(grids):
            yield make.item("chorale", f"{split}-{number:03}", _bytes(grid), About(split=split))


def billboard(folder: Path, make: Maker) -> Items:
    """McGill Billboard; songs that the folder marks as repeated share the title and so the side."""
    for song in table(folder / "billboard_bars.json.xz"):
        about = About(song=f"billboard/{song.get('artist')}/{song.get('title') or song['id']}".lower())
        if song["bars"]:
            yield make.item("billboard", song["id"], _bytes(song), about)


def progressions(folder: Path, make: Maker) -> Items:
    """free-midi-chords: tables of progressions with moods."""
    for name, entries in table(folder / "progressions.json").items():
        for number, entry in enumerate(entries):
            yield make.item("progression", f"{name}{number}", _bytes({"table": name, **entry}))


def rs200(folder: Path, make: Maker) -> Items:
    """RS 200: each analyst's harmony with the one melody; both analyses are one song."""
    archive = folder / "rs200_source.tar.xz"
    sung = {Path(name).stem.rsplit("_", 1)[0]: data for name, data in members(archive, ".mel")}
    played = {name: data for name, data in members(archive, ".txt") if name.startswith("rs200_harmony_exp/")}
    for name in sorted(played):
        stem = Path(name).stem
        song = stem.rsplit("_", 1)[0]
        pair = (sung.get(song, b"").decode(errors="replace"), played[name].decode(errors="replace"))
        yield make.item("rs200", stem, msgspec.msgpack.encode(pair), About(song=f"rs200/{song}"))


def analyses(folder: Path, make: Maker) -> Items:
    """When in Rome: analyses of Lieder, on the same side as the song's notes."""
    for name, data in members(folder / "wir_lieder_rntxt.tar.xz", ".txt"):
        parts = Path(name).parts[2:-1]
        yield make.item("roman_text", "/".join(parts), data, About(song=f"lied/{_plain('__'.join(parts))}"))


def drum_patterns(folder: Path, make: Maker) -> Items:
    """Drum machine patterns of two books; the measures and breaks of one pattern are one song."""
    for entry in table(folder / "dmp200.json"):
        about = About(
            song=f"machine/{entry['name']}", form="pattern", meta={"style": entry["name"].rsplit(" ", 1)[0].lower()}
        )
        yield make.item("machine", f"{entry['name']} {entry['part']}", _bytes(entry), about)
    for entry in table(folder / "hydrogen267.json"):
        about = About(song=f"hydrogen/{entry['genre']}", form="pattern", meta={"style": entry["genre"]})
        yield make.item("hydrogen", entry["name"], _bytes(entry), about)


def basslines(folder: Path, make: Maker) -> Items:
    """Bass patterns of one bar."""
    for entry in table(folder / "basslines.json"):
        about = About(song=f"bassline/{entry['id']}", form="pattern", meta={"style": entry["category"]})
        yield make.item("bassline", entry["id"], _bytes(entry), about)


def _plain(name: str) -> str:
    """Return a song's name without what spelling and folders add."""
    return "".join(letter for letter in Path(name).name.removesuffix(".mid").lower() if letter.isalnum())


SOURCES: dict[str, Source] = {
    "pop909": Source("B", "MIT (POP909, POP909-CL); the songs are commercial compositions", pop909),
    "groove": Source("A", "CC BY 4.0 (Gillick et al. 2019)", groove),
    "lmms_projects": Source("A", "per song: CC BY, CC BY-SA, BSD, Artistic 2.0", lmms),
    "freedoom_midi": Source("A", "BSD-3-Clause (Freedoom)", freedoom),
    "openscore_lieder": Source("A", "CC0 (OpenScore)", lieder),
    "js_fakes": Source("A", "CC BY 4.0 (O. Peracha)", js_fakes),
    "jsb_chorales": Source("A-", "music in the public domain; a research encoding without a licence file", chorales),
    "openewld_pd": Source("A-", "MIT; public-domain works", openewld),
    "folk_abc": Source("A-", "public-domain tunes; encodings used with the encoders' permission", folk),
    "mcgill_billboard": Source("A", "CC0 annotations", billboard),
    "rs200": Source("B", "CC BY 4.0 (de Clercq, Temperley); the songs are commercial compositions", rs200),
    "free_midi_chords": Source("A", "MIT (L. Drolez)", progressions),
    "when_in_rome_lieder": Source("A", "CC BY-SA 4.0 (When in Rome)", analyses),
    "drum_patterns": Source("A-", "MIT (montoyamoraga); CC BY-SA (Hydrogen patterns, A. Phelipot)", drum_patterns),
    "bassline_patterns": Source("A", "MIT (H. Sverre)", basslines),
    "nottingham_gpl": Source("C", "GPL-3", nottingham),
    "mma_gpl": Source("C", "GPL-2", mma),
}


def own(folder: Path, label: str) -> Items:
    """Yield every MIDI file below a user's folder, by path; the worker reads it."""
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".mid", ".midi"} and p.is_file()):
        fact = path.stat()
        name = path.relative_to(folder).as_posix()
        yield Item(
            label, "band", name, "own", "the user's own", path=str(path), stamp=f"{fact.st_size}-{fact.st_mtime_ns}"
        )


def items(data: Path | None, midi: tuple[Path, ...]) -> Items:
    """Yield the items of every known folder below `data`, then of the users' folders."""
    for name, source in SOURCES.items():
        if data is not None and (data / name).is_dir():
            yield from source.items(data / name, Maker(name, source.tier, source.licence))
    for folder in midi:
        yield from own(folder, f"own-{folder.resolve().name}")
