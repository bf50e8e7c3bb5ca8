"""What a recipe learns from a prepared corpus: its own units of every piece, on the sides of the corpus' split.

One shape for all recipes: a `Material` says what becomes of a piece, `sides` reads the corpus with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from training.corpus import store
from training.corpus.piece import Piece
from training.refused import Refused

Unit = TypeVar("Unit")
Other = TypeVar("Other")


class Material(msgspec.Struct, Generic[Unit], frozen=True):
    """name: of its units, in words. needs: what a piece must have for one. of: a piece -> its units, none or more."""

    name: str
    needs: str
    of: Callable[[Piece], Iterable[Unit]]


def sides(corpus: Path, material: Material[Unit]) -> dict[str, list[Unit]]:
    """Return the units of every side of the corpus' split, tier C left out; Refused where there are none at all."""
    found = {
        side: [unit for piece in store.read(corpus, side, store.SHIPPED) for unit in material.of(piece)]
        for side in store.SIDES
    }
    if not any(found.values()):
        made = store.manifest(corpus)
        lost = f" ({made.rejected} were left out: {store.REJECTED} says why)" if made.rejected else ""
        raise Refused(f"{corpus}: no {material.name} in its {made.pieces} pieces{lost}; needed: {material.needs}")
    return filled(found)


def filled(found: Mapping[str, list[Unit]]) -> dict[str, list[Unit]]:
    """Return sides none of which is empty: too few songs to hold any out are judged on themselves, better than not."""
    train = found["train"] or [unit for part in found.values() for unit in part]
    return {"train": train, "valid": found["valid"] or train, "test": found["test"] or train}


def learned(found: Mapping[str, list[Unit]]) -> list[Unit]:
    """Return what a baseline may count: the training side, and the one that watches the training."""
    return found["train"] if found["valid"] is found["train"] else [*found["train"], *found["valid"]]


def note(data: Path, found: Mapping[str, Sequence[Other]], material: Material[Unit], known: str) -> str:
    """Return what a card says of its figures: `known` for the known folders, of a corpus what taught, what judges."""
    if not store.is_corpus(data):
        return known
    names = ", ".join(name for name, count in store.manifest(data).sources.items() if count.tier in store.SHIPPED)
    taught = f"Learned from {len(found['train'])} {material.name} of {names}"
    if found["test"] is found["train"]:
        return f"{taught}; too few to hold any out: the figures are of what was learned."
    return f"{taught}; figures: {len(found['test'])} held out by the corpus' own split."
