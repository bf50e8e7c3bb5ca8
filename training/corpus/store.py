"""A prepared corpus on disk: shards of pieces and tokens, `pieces.jsonl`, `rejected.jsonl`, `manifest.json`.

for piece in read(Path("corpus"), "train"): ...
"""

import io
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.corpus.augment import augment
from training.corpus.config import corpus_config
from training.corpus.manifest import Manifest
from training.corpus.piece import Piece
from training.corpus.slip import Described, Entry, Made

SHIPPED = frozenset({"A", "A-", "B", "own"})  # tier C is copyleft: nothing that ships learns from it
SIDES = ("train", "valid", "test")
SHARDS, PIECES, REJECTED, MANIFEST = "shards", "pieces.jsonl", "rejected.jsonl", "manifest.json"


class Listed(Described, frozen=True):
    """A line of pieces.jsonl: the piece, its shard and place there (by which its arrays are named), its side."""

    shard: str
    number: int
    side: str
    cluster: int


def is_corpus(folder: Path) -> bool:
    """Return whether a folder holds a prepared corpus."""
    return (folder / MANIFEST).is_file() and (folder / PIECES).is_file()


def manifest(corpus: Path) -> Manifest:
    """Return the numbers of a corpus."""
    return msgspec.json.decode((corpus / MANIFEST).read_bytes(), type=Manifest)


def listed(entry: Entry, shard: str, number: int, side: str, cluster: int) -> Listed:
    """Return the line of an entry."""
    fields = {name: getattr(entry, name) for name in Described.__struct_fields__}
    return Listed(shard=shard, number=number, side=side, cluster=cluster, **fields)


def write(folder: Path, made: Made) -> None:
    """Write a shard; its slip comes last, so that a torn shard is made again."""
    for ending, data in (("msgpack", made.pieces), ("npz", made.arrays), ("slip", made.slip)):
        path = folder / SHARDS / f"{made.shard}.{ending}"
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)


def lines(corpus: Path, side: str | None = None) -> Iterator[Listed]:
    """Yield the list of pieces, or of one side of the split."""
    with (corpus / PIECES).open("rb") as rows:
        for row in rows:
            found = msgspec.json.decode(row, type=Listed)
            if side is None or found.side == side:
                yield found


def read(
    corpus: Path, side: str | None = None, tiers: frozenset[str] | None = None, dice: np.random.Generator | None = None
) -> Iterator[Piece]:
    """Yield the pieces of a corpus one at a time; tiers: only these; dice: each augmented afresh."""
    decoder = msgspec.msgpack.Decoder(Piece)
    for entry in lines(corpus, side):
        if tiers is not None and entry.tier not in tiers:
            continue
        with (corpus / SHARDS / f"{entry.shard}.msgpack").open("rb") as shard:
            shard.seek(entry.offset)
            piece = decoder.decode(shard.read(entry.size))
        yield piece if dice is None else augment(piece, dice, corpus_config().augment)


def arrays(corpus: Path, side: str | None = None) -> Iterator[tuple[Listed, dict[str, NDArray[np.generic]]]]:
    """Yield the token arrays of every piece."""
    opened, held = "", None
    for entry in lines(corpus, side):
        if entry.shard != opened:
            opened = entry.shard
            held = np.load(io.BytesIO((corpus / SHARDS / f"{opened}.npz").read_bytes()), allow_pickle=False)
        assert held is not None
        yield entry, {name: held[f"{entry.number}.{name}"] for name in entry.arrays}
