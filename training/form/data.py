"""Annotated songs as forms: blocks of a function and a length in phrases of four bars.

Sources (tiers A and A/B, folders of the data directory): McGill Billboard and RS 200, both pop and rock: no free
corpus annotates the form of dance music. A verse stands for a groove, a chorus for a drop, a bridge or solo for a
breakdown, what leads to a chorus for a build. Neighbours of one function are one block: Billboard as it lies here
does not tell where one verse ends and the next begins.
"""

import json
import lzma
import re
import tarfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from engines.codec.form import Block, phrases_of
from engines.codec.grid import FUNCTIONS
from engines.codec.harmony import SECTIONS
from training.harmony.sections import section_of
from training.split import split

SOURCES: Final = {
    "mcgill_billboard": ("A", "CC0 annotations"),
    "rs200": ("A", "CC BY 4.0 (T. de Clercq, D. Temperley)"),
}
PHRASE_BARS: Final = 4  # of pop and rock
SHORTEST_BARS: Final = 3  # what is shorter joins the section before it: a held bar, a link
NONE: Final = -1  # no section of its own
FEWEST: Final = 3  # blocks of a song that has a form
FUNCTION = {
    "unknown": "other", "intro": "intro", "verse": "other", "lift": "build", "chorus": "drop", "break": "breakdown",
    "outro": "outro",
}  # fmt: skip
# RS 200 abbreviates; the first that a name begins with counts
ABBREVIATED: Final = {
    "Intro": "intro", "Instr": "break", "Inst": "break", "In": "intro", "VP": "verse", "V": "verse", "Ch": "chorus",
    "CP": "chorus", "Rf": "chorus", "Pre": "lift", "Br": "break", "BP": "break", "So": "break", "Li": "break",
    "Ln": "break", "Bk": "break", "IP": "break", "Co": "outro", "Fade": "outro", "Ta": "outro", "Out": "outro",
}  # fmt: skip


class Song(msgspec.Struct, frozen=True):
    """A form. name: the song's title in letters and digits alone, the same in every source."""

    name: str
    blocks: tuple[Block, ...]


def songs(data: Path) -> list[Song]:
    """Return the songs of both corpora that have a form; a song that both have comes twice, under one name."""
    found = [*billboard(data / "mcgill_billboard"), *rock(data / "rs200")]
    return [song for song in found if len(song.blocks) >= FEWEST]


def sides(found: list[Song], seed: int = 0) -> dict[str, list[Song]]:
    """Return the songs as train, valid and test; one name is on one side."""
    names = [song.name for song in found]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    marks = split(names, [numbers[name] for name in names], seed, valid=0.1, test=0.2)
    return {
        side: [song for song, mark in zip(found, marks, strict=True) if mark == side]
        for side in ("train", "valid", "test")
    }


def billboard(folder: Path) -> Iterator[Song]:
    """Yield the songs of McGill Billboard; repeated songs left out."""
    with lzma.open(folder / "billboard_bars.json.xz", "rt") as file:
        for song in json.load(file):
            if not song["dup"]:
                runs = groupby(SECTIONS[section_of(bar[2])] for bar in song["bars"])
                yield Song(plain(song["title"]), blocks((name, len(list(run))) for name, run in runs))


def rock(folder: Path) -> Iterator[Song]:
    """Yield the songs of RS 200, in the analysis of D. Temperley, which repeats fewer parts in one go."""
    with tarfile.open(folder / "rs200_source.tar.xz") as archive:
        for member in sorted(archive.getmembers(), key=lambda each: each.name):
            found = re.fullmatch(r"(?:.*/)?rs200_harmony/(.*)_dt\.har", member.name)
            stream = archive.extractfile(member) if found else None
            if found and stream:
                yield Song(plain(found[1]), blocks(written_out(stream.read().decode("utf-8", "replace"))))


def written_out(text: str) -> Iterator[tuple[str, int]]:
    """Yield (section, bars) of an analysis: `S:` names the parts in order, each defined above, in parts or in bars."""
    rules = dict(re.findall(r"^(\w+):\s*(.*)$", re.sub(r"%.*", "", text), re.MULTILINE))
    for name, times, bar in re.findall(r"\$(\w+)(?:\*(\d+))?|(\|(?:\*\d+)?)", rules.get("S", "")):
        if bar:
            yield "", _times(bar[2:])
        else:
            word = next((word for start, word in ABBREVIATED.items() if name.startswith(start)), "verse")
            yield word, _times(times) * bars_in(rules, name)


def bars_in(rules: dict[str, str], name: str, depth: int = 8) -> int:
    """Return the bars of a part; parts within parts down to `depth`."""
    if depth == 0:
        return 0
    found = re.findall(r"\$(\w+)(?:\*(\d+))?|(\|(?:\*\d+)?)", rules.get(name, ""))
    return sum(
        _times(bar[2:]) if bar else _times(times) * bars_in(rules, part, depth - 1) for part, times, bar in found
    )


def _times(digits: str) -> int:
    return int(digits) if digits else 1


def blocks(sections: Iterable[tuple[str, int]]) -> tuple[Block, ...]:
    """Return the blocks of (section of SECTIONS or "", bars)."""
    return joined(((FUNCTIONS.index(FUNCTION[name]) if name else NONE, bars) for name, bars in sections), PHRASE_BARS)


def joined(sections: Iterable[tuple[int, int]], phrase_bars: int) -> tuple[Block, ...]:
    """Return the blocks of (function, bars); NONE and what is too short for a section goes on with the one before."""
    merged: list[list[int]] = []
    for function, bars in sections:
        if merged and (function == NONE or bars < SHORTEST_BARS or merged[-1][0] == function):
            merged[-1][1] += bars
        elif function != NONE and bars >= SHORTEST_BARS:
            merged.append([function, bars])
    return tuple(Block(function, phrases_of(bars, phrase_bars)) for function, bars in merged)


def plain(title: str) -> str:
    """Return a title in small letters and digits."""
    return re.sub(r"[^a-z0-9]", "", title.lower())
