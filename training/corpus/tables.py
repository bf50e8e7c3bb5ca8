"""The corpora that are tables and texts: melodies, chords, forms, patterns."""

import json
from pathlib import Path

import msgspec

from training.corpus.folders import Items, Maker, as_bytes, members, plain, rows, table
from training.corpus.item import About


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
            yield make.item("chorale", f"{split}-{number:03}", as_bytes(grid), About(split=split))


def billboard(folder: Path, make: Maker) -> Items:
    """McGill Billboard; songs that the folder marks as repeated share the title and so the side."""
    for song in table(folder / "billboard_bars.json.xz"):
        about = About(song=f"billboard/{song.get('artist')}/{song.get('title') or song['id']}".lower())
        if song["bars"]:
            yield make.item("billboard", song["id"], as_bytes(song), about)


def progressions(folder: Path, make: Maker) -> Items:
    """free-midi-chords: tables of progressions with moods."""
    for name, entries in table(folder / "progressions.json").items():
        for number, entry in enumerate(entries):
            yield make.item("progression", f"{name}{number}", as_bytes({"table": name, **entry}))


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
        yield make.item("roman_text", "/".join(parts), data, About(song=f"lied/{plain('__'.join(parts))}"))


def drum_patterns(folder: Path, make: Maker) -> Items:
    """Drum machine patterns of two books; the measures and breaks of one pattern are one song."""
    for entry in table(folder / "dmp200.json"):
        about = About(
            song=f"machine/{entry['name']}", form="pattern", meta={"style": entry["name"].rsplit(" ", 1)[0].lower()}
        )
        yield make.item("machine", f"{entry['name']} {entry['part']}", as_bytes(entry), about)
    for entry in table(folder / "hydrogen267.json"):
        about = About(song=f"hydrogen/{entry['genre']}", form="pattern", meta={"style": entry["genre"]})
        yield make.item("hydrogen", entry["name"], as_bytes(entry), about)


def basslines(folder: Path, make: Maker) -> Items:
    """Bass patterns of one bar."""
    for entry in table(folder / "basslines.json"):
        about = About(song=f"bassline/{entry['id']}", form="pattern", meta={"style": entry["category"]})
        yield make.item("bassline", entry["id"], as_bytes(entry), about)
