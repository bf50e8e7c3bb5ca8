"""Chords of a prepared corpus: its pieces as songs of chord changes; and either kind of data by its sides."""

import random
from collections.abc import Iterator
from pathlib import Path

from engines.codec.grid import FUNCTIONS, section_function
from engines.codec.harmony import FUNCTION_SECTION, LEFT_MAX, SECTIONS, quality_class
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from training.corpus import material, store
from training.corpus.material import Material
from training.corpus.piece import Piece
from training.harmony.data import SOURCES, UNKNOWN, Song, held_out, song_of, songs
from training.harmony.sections import section_of

FEWEST = 9  # changes: shorter pieces are left out, as in the benchmark
WATCHED = 40  # training songs of POP909 that watch the training (never in the report)
MODES = {"major": 1, "minor": 2}


def analysed(piece: Piece) -> Song | None:
    """Return a piece's chord changes under the keys that are written or heard, None where it has none."""
    if not piece.keys or not piece.chords:
        return None
    rows = []
    for span in piece.chords:
        mark = ([key for key in piece.keys if key.tick <= span.tick] or list(piece.keys[:1]))[-1]
        chord, key = Chord.parse(span.label), Key(mark.tonic, mark.mode)
        root = (chord.root - key.relative_major) % 12
        beats = (span.end - span.tick) / TICKS_PER_BEAT
        rows.append(
            (span.tick / TICKS_PER_BEAT, beats, root, quality_class(chord.quality), *_section(piece, span.tick))
        )
    name, mode = f"{piece.source}/{piece.name}", MODES.get(piece.keys[0].mode, UNKNOWN)
    return song_of(name, rows, mode, labelled=bool(piece.sections))


def _section(piece: Piece, tick: int) -> tuple[int, int]:
    """Return the section that runs at a tick as the codec knows it, and the bars left in it; 0 where nobody told."""
    span = next((span for span in piece.sections if span.tick <= tick < span.end), None)
    if span is None:
        return 0, 0
    found = section_of(span.label) or SECTIONS.index(
        FUNCTION_SECTION.get(FUNCTIONS[section_function(span.label)], SECTIONS[0])
    )
    return found, min(LEFT_MAX, -(-(span.end - tick) // TICKS_PER_BAR))


def changing(piece: Piece) -> Iterator[Song]:
    """Yield a piece whose chords change often enough."""
    song = analysed(piece)
    if song is not None and len(song.tokens) >= FEWEST:
        yield song


MATERIAL = Material("songs with chords", f"a bass, pad, arp or other chords that change {FEWEST} times", changing)


def sides(data: Path) -> dict[str, list[Song]]:
    """Return the songs of the known folders (the benchmark's 90 are the test), or of a prepared corpus, by side."""
    if store.is_corpus(data):
        return material.sides(data, MATERIAL)
    found = songs(data)
    test = held_out(found["pop909"])
    rest = [song for song in found["pop909"] if song.name not in test]
    random.Random(1).shuffle(rest)
    return {
        "train": [*rest[WATCHED:], *(song for folder in list(SOURCES)[1:] for song in found[folder])],
        "valid": rest[:WATCHED],
        "test": sorted((song for song in found["pop909"] if song.name in test), key=lambda song: song.name),
    }


def counted(data: Path) -> tuple[list[Song], list[Song]]:
    """Return the songs that a table may count, in the order of their folders, and the held-out ones."""
    if store.is_corpus(data):
        found = sides(data)
        return material.learned(found), found["test"]
    every = songs(data)
    kept = held_out(every["pop909"])
    learned = [song for part in every.values() for song in part if song.name not in kept]
    return learned, [song for song in every["pop909"] if song.name in kept]


def benchmark(data: Path) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the tokens that n-grams may count and the held-out ones: of POP909-CL alone, or of a prepared corpus."""
    if store.is_corpus(data):
        learned, test = counted(data)
    else:
        pop = songs(data)["pop909"]
        kept = held_out(pop)
        learned, test = ([song for song in pop if (song.name in kept) == held] for held in (False, True))
    return [song.tokens for song in learned], [song.tokens for song in test]
