"""Forms of a prepared corpus: sections as its annotators or a file's markers name them; and either kind of data."""

from collections.abc import Iterator
from pathlib import Path

from engines.codec.grid import FUNCTIONS, section_function
from engines.codec.grid import PHRASE_BARS as DANCE_BARS
from engines.codec.harmony import SECTIONS
from engines.units import TICKS_PER_BAR
from training.corpus import material, store
from training.corpus.material import Material
from training.corpus.piece import Piece
from training.form import data as data_form
from training.form.data import FEWEST, FUNCTION, PHRASE_BARS, Song
from training.harmony.sections import section_of

LAST = ("conclusion", "finale")


def formed(piece: Piece) -> Iterator[Song]:
    """Yield a piece with sections enough; a user's come back as long as they are, in phrases of dance music."""
    rows = ((function_of(span.label), round((span.end - span.tick) / TICKS_PER_BAR)) for span in piece.sections)
    blocks = data_form.joined(rows, DANCE_BARS if piece.tier == "own" else PHRASE_BARS)
    if len(blocks) >= FEWEST:
        yield Song(f"{piece.source}/{piece.name}", blocks)


def function_of(label: str) -> int:
    """Return the index in FUNCTIONS of a section as annotators of songs, or as makers of dance music, name it."""
    known = SECTIONS[section_of(label)]
    if label.lower().startswith(LAST):
        return FUNCTIONS.index("outro")
    return section_function(label) if known == "unknown" else FUNCTIONS.index(FUNCTION[known])


MATERIAL = Material(
    "forms",
    f"markers at the starts of {FEWEST} and more sections, such as Intro, Build, Drop, Breakdown, Outro",
    formed,
)


def sides(data: Path) -> dict[str, list[Song]]:
    """Return the songs of both known corpora, or of a prepared corpus, as train, valid and test."""
    if store.is_corpus(data):
        return material.sides(data, MATERIAL)
    return data_form.sides(data_form.songs(data))
