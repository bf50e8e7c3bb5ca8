"""Chord changes of folders that nothing was learned from: other music, as every reader of the corpus knows it."""

from collections.abc import Iterator
from pathlib import Path

from engines.codec.harmony import quality_class
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BEAT
from training.corpus.config import corpus_config
from training.corpus.piece import Piece
from training.corpus.readers import READERS
from training.corpus.sources import SOURCES, Maker
from training.harmony.data import UNKNOWN, Song, song_of

FOLDERS = ("rs200", "when_in_rome_lieder", "nottingham_gpl")
FEWEST = 9  # changes: shorter pieces are left out, as in the benchmark


def songs(data: Path, folder: str) -> Iterator[Song]:
    """Yield the pieces of `data/folder` with a key and chords, the first of each song; broken ones are left out."""
    source, config, known = SOURCES[folder], corpus_config(), set()
    for item in source.items(data / folder, Maker(folder, source.tier, source.licence)):
        if item.about.song and item.about.song in known:
            continue
        try:
            found = [song for piece in READERS[item.reader](item, config) if (song := analysed(piece))]
        except ValueError:
            continue
        for song in found:
            if len(song.tokens) >= FEWEST:
                known.add(item.about.song)
                yield song


def analysed(piece: Piece) -> Song | None:
    """Return a piece's chord changes under the keys that are written, None where it has none."""
    if not piece.keys or not piece.chords:
        return None
    rows = []
    for span in piece.chords:
        mark = ([key for key in piece.keys if key.tick <= span.tick] or list(piece.keys[:1]))[-1]
        chord, key = Chord.parse(span.label), Key(mark.tonic, mark.mode)
        root = (chord.root - key.relative_major) % 12
        beats = (span.end - span.tick) / TICKS_PER_BEAT
        rows.append((span.tick / TICKS_PER_BEAT, beats, root, quality_class(chord.quality), 0, 0))
    return song_of(piece.name, rows, UNKNOWN)
