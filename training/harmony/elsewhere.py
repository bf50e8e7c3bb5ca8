"""Chord changes of folders that nothing was learned from: other music, as every reader of the corpus knows it."""

from collections.abc import Iterator
from pathlib import Path

from training.corpus.config import corpus_config
from training.corpus.readers import READERS
from training.corpus.sources import SOURCES, Maker
from training.harmony.data import Song
from training.harmony.prepared import FEWEST, analysed

FOLDERS = ("rs200", "when_in_rome_lieder", "nottingham_gpl")


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
