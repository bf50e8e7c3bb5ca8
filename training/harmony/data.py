"""Chord corpora as songs of key-relative chord changes.

Sources (tiers A to B, folders of the data directory): POP909-CL, McGill Billboard, free-midi-chords, OpenEWLD's public
domain. Nottingham is never read. Roots are relative to the tonic of the relative major, so no transposition is needed.
"""

import json
import lzma
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from engines.codec.harmony import QUALITIES, TRIAD, token_of
from engines.units import BEATS_PER_BAR
from training.corpus.chord_names import POP_QUALITY, harte, pitch_class, roman
from training.harmony.sections import bars_left, section_of

SOURCES = {
    "pop909": ("B", "MIT (POP909, POP909-CL); songs commercial"),
    "mcgill_billboard": ("A", "CC0 annotations"),
    "free_midi_chords": ("A", "MIT (L. Drolez)"),
    "openewld_pd": ("A-", "MIT; public-domain tunes"),
}
HELD_OUT = 90
UNKNOWN = 0
PLAIN = tuple(TRIAD.index(triad) for triad in range(6))  # triad class -> the first quality class of it


class Song(msgspec.Struct, frozen=True):
    """One song of chord changes.

    onsets: beats from its first bar line; tokens: engines.codec.harmony tokens, no two equal neighbours; beats: how
    long each lasts. mode: 1 major, 2 minor, 0 unknown. sections, left: per change, 0 where unknown. labelled: False
    where no corpus of such songs would know them.
    """

    name: str
    onsets: tuple[float, ...]
    tokens: tuple[int, ...]
    beats: tuple[float, ...]
    mode: int
    sections: tuple[int, ...]
    left: tuple[int, ...]
    labelled: bool = True


def songs(data: Path) -> dict[str, list[Song]]:
    """Return all songs by folder, exact repetitions removed (the first, in the order of SOURCES, stays)."""
    readers = {
        "pop909": pop909,
        "mcgill_billboard": billboard,
        "free_midi_chords": progressions,
        "openewld_pd": openewld,
    }
    seen: set[tuple[int, ...]] = set()
    found: dict[str, list[Song]] = {}
    for folder in SOURCES:
        found[folder] = []
        for song in readers[folder](data / folder):
            if folder == "pop909" or song.tokens not in seen:
                found[folder].append(song)
            seen.add(song.tokens)
    return found


def held_out(pop: list[Song]) -> set[str]:
    """Return the names of the benchmark's 90 songs: more than 8 triad changes, by name, shuffled with seed 0."""
    names = sorted(song.name for song in pop if len(changes(song.tokens)) > 8)
    random.Random(0).shuffle(names)
    return set(names[:HELD_OUT])


def changes(tokens: Iterable[int]) -> list[int]:
    """Return the benchmark's tokens (root * 6 + triad class), equal neighbours merged."""
    merged: list[int] = []
    for token in tokens:
        root, quality = divmod(token, len(QUALITIES))
        triad = root * 6 + TRIAD[quality]
        if not merged or merged[-1] != triad:
            merged.append(triad)
    return merged


def plain(song: Song) -> Song:
    """Return the song as the benchmark's n-grams see it: triads, equal neighbours merged, no time, nothing annotated.

    Every change lasts one bar, so that neither the place in the bar nor any duration tells when it fell.
    """
    tokens = tuple(triad // 6 * len(QUALITIES) + PLAIN[triad % 6] for triad in changes(song.tokens))
    onsets = tuple(float(BEATS_PER_BAR * number) for number in range(len(tokens)))
    nothing = (0,) * len(tokens)
    return Song(song.name, onsets, tokens, (float(BEATS_PER_BAR),) * len(tokens), UNKNOWN, nothing, nothing)


def pop909(folder: Path) -> Iterator[Song]:
    """Yield the songs of POP909-CL."""
    with lzma.open(folder / "pop909_cl_chords.jsonl.xz", "rt") as lines:
        yield from map(tabled, map(json.loads, lines))


def tabled(fact: dict) -> Song:
    """Return a song of a chord table; the bar line is moved by one beat where most chords change on odd beats."""
    keys = fact["key"] or [[0.0, "C"]]
    odd = sum(round(c[0]) % 2 for c in fact["chords"]) * 2 > len(fact["chords"])
    rows = []
    for onset, beats, root, quality, _ in fact["chords"]:
        key = ([k for k in keys if k[0] <= onset + 1e-6] or keys[:1])[-1][1]
        rows.append((onset - odd, beats, (root - _major(key)) % 12, POP_QUALITY.get(quality, "other"), 0, 0))
    return song_of(fact["id"], rows, 2 if keys[0][1].endswith("m") else 1)


def billboard(folder: Path) -> Iterator[Song]:
    """Yield the songs of McGill Billboard in 4/4 with sections and bars left in them; repeated songs left out."""
    with lzma.open(folder / "billboard_bars.json.xz", "rt") as file:
        for song in json.load(file):
            if song["dup"] or not song["bars"] or song["bars"][0][1] != "4/4":
                continue
            minor = _minor(song["bars"])
            rows, last = [], ("", "other")
            left = bars_left([bar[2] for bar in song["bars"]])
            for number, (tonic, _, section, chords) in enumerate(song["bars"]):
                base = (tonic + 3) % 12 if minor else tonic
                for place, name in enumerate(chords):
                    last = name.split(":", 1) if ":" in name else last if name in {".", "&pause", "*"} else ("", "")
                    if not last[0]:
                        continue
                    size = 4 / len(chords)
                    root = (pitch_class(last[0]) - base) % 12
                    rows.append(
                        (number * 4 + place * size, size, root, harte(last[1]), section_of(section), left[number])
                    )
            if len(rows) > 8:
                yield song_of("bb" + song["id"], rows, 2 if minor else 1)


def progressions(folder: Path, times: int = 4) -> Iterator[Song]:
    """Yield the free-midi-chords progressions, one chord a bar, each played `times` times as the loop that it is."""
    tables = json.loads((folder / "progressions.json").read_text())
    for table, entries in tables.items():
        for number, entry in enumerate(entries):
            chords = [roman(name, minor=table == "prog_min") for name in entry["chords"]]
            rows = [(4.0 * i, 4.0, *chord, 0, 0) for i, chord in enumerate(chords * times)]
            mode = {"prog_maj": 1, "prog_min": 2}.get(table, UNKNOWN)
            yield song_of(f"{table}{number}", rows, mode)


def openewld(folder: Path) -> Iterator[Song]:
    """Yield the 4/4 and 2/2 lead sheets of OpenEWLD's public-domain part."""
    with lzma.open(folder / "openewld_pd.jsonl.xz", "rt") as lines:
        for song in map(json.loads, lines):
            if not song["ts"] or song["ts"][0][1] not in {"4/4", "2/2"} or not song["key"]:
                continue
            base = song["key"][0][1] * 7 % 12
            names = [(onset, re.match(r"([A-G][#-]*)([^/]*)", name)) for onset, name in song["chords"]]
            placed = [(onset, match) for onset, match in names if match]
            ends = [onset for onset, _ in placed[1:]] + [placed[-1][0] + 4.0] if placed else []
            rows = [
                (onset, end - onset, (pitch_class(match[1]) - base) % 12, harte(match[2]), 0, 0)
                for (onset, match), end in zip(placed, ends, strict=True)
            ]
            if len(rows) > 8:
                yield song_of(f"ewld{song['id']}", rows, UNKNOWN)


def song_of(
    name: str, rows: list[tuple[float, float, int, str, int, int]], mode: int, *, labelled: bool = True
) -> Song:
    """Merge equal neighbours and build the song."""
    merged: list[list[float | int]] = []
    for onset, beats, root, quality, section, left in rows:
        token = token_of(root, quality)
        if merged and merged[-1][1] == token:
            merged[-1][2] = onset + beats - merged[-1][0]
        else:
            merged.append([onset, token, beats, section, left])
    onsets, tokens, beats_, sections, left_ = (tuple(column) for column in zip(*merged, strict=True))
    return Song(name, onsets, tokens, beats_, mode, sections, left_, labelled)  # type: ignore[arg-type]


def _major(key: str) -> int:
    """Return the tonic of the relative major of a key such as F#m."""
    return (pitch_class(key[:-1]) + 3) % 12 if key.endswith("m") else pitch_class(key)


def _minor(bars: list[list]) -> bool:
    """Tell whether the tonic chord is minor more often than not (Billboard gives a tonic and no mode)."""
    split = [(bar[0], *name.split(":", 1)) for bar in bars for name in bar[3] if ":" in name]
    tonics = [harte(quality) for tonic, root, quality in split if pitch_class(root) == tonic]
    return sum(quality in {"min", "min7"} for quality in tonics) * 2 > len(tonics)
