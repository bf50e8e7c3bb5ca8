"""Where music comes from: every data folder in its own form, and any user's folder of MIDI files.

Each source yields Items in an order that never changes, so that shards are the same on every run.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from training.corpus import archives, tables
from training.corpus.folders import Items, Maker
from training.corpus.item import Item
from training.corpus.piece import Tier


class Source(msgspec.Struct, frozen=True):
    """A data folder: its tier and licence, and how its units are found."""

    tier: Tier
    licence: str
    items: Callable[[Path, Maker], Items]


SOURCES: dict[str, Source] = {
    "pop909": Source("B", "MIT (POP909, POP909-CL); the songs are commercial compositions", archives.pop909),
    "groove": Source("A", "CC BY 4.0 (Gillick et al. 2019)", archives.groove),
    "lmms_projects": Source("A", "per song: CC BY, CC BY-SA, BSD, Artistic 2.0", archives.lmms),
    "freedoom_midi": Source("A", "BSD-3-Clause (Freedoom)", archives.freedoom),
    "openscore_lieder": Source("A", "CC0 (OpenScore)", archives.lieder),
    "js_fakes": Source("A", "CC BY 4.0 (O. Peracha)", archives.js_fakes),
    "jsb_chorales": Source("A-", "public-domain music; an encoding without a licence file", tables.chorales),
    "openewld_pd": Source("A-", "MIT; public-domain works", tables.openewld),
    "folk_abc": Source("A-", "public-domain tunes; encodings used with the encoders' permission", tables.folk),
    "mcgill_billboard": Source("A", "CC0 annotations", tables.billboard),
    "rs200": Source("B", "CC BY 4.0 (de Clercq, Temperley); the songs are commercial compositions", tables.rs200),
    "free_midi_chords": Source("A", "MIT (L. Drolez)", tables.progressions),
    "when_in_rome_lieder": Source("A", "CC BY-SA 4.0 (When in Rome)", tables.analyses),
    "drum_patterns": Source("A-", "MIT (montoyamoraga); CC BY-SA (Hydrogen, A. Phelipot)", tables.drum_patterns),
    "bassline_patterns": Source("A", "MIT (H. Sverre)", tables.basslines),
    "nottingham_gpl": Source("C", "GPL-3", archives.nottingham),
    "mma_gpl": Source("C", "GPL-2", archives.mma),
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
