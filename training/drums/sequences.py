"""Drum pieces as the network sees them: tokens, features, targets; conditions hidden. No torch here."""

from collections.abc import Iterator

import msgspec
import numpy as np

from engines.codec import drums as codec
from engines.codec.drums import Conditions
from engines.units import STEPS_PER_BAR
from training.drums.piece import Piece

STYLE, FILL = 2, 4  # columns of the tokens


class Sequence(msgspec.Struct, frozen=True, eq=False):
    """A piece as the network sees it.

    tokens [T, K], features [T, F], targets [T, 29]: hits, velocities, offsets of nine classes, two masks.
    """

    piece: Piece
    tokens: np.ndarray
    features: np.ndarray
    targets: np.ndarray


def sequence(piece: Piece) -> Sequence:
    """Encode a piece, every condition told."""
    tokens, features, targets = [], [], []
    for number, bar in enumerate(piece.bars):
        told = codec.realised(bar, conditions(piece, number))
        past = piece.bars[max(0, number - 4) : number]
        tokens.append(codec.tokens_of(told))
        features.append(codec.heard_features(told, bar, past))
        masks = np.tile(np.array([piece.dynamic, piece.timed], np.float32), (STEPS_PER_BAR, 1))
        targets.append(np.concatenate([bar.hits, bar.velocities, bar.offsets, masks], axis=1))
    return Sequence(piece, *(np.concatenate(part).astype(kind) for part, kind in _typed(tokens, features, targets)))


def _typed(tokens: list, features: list, targets: list) -> Iterator[tuple[list, type]]:
    yield tokens, np.int64
    yield features, np.float32
    yield targets, np.float32


def conditions(piece: Piece, number: int) -> Conditions:
    """Return what is told about a bar besides what it realises; patterns have no phrase."""
    return Conditions(
        style=piece.style,
        fill=piece.fill,
        phrase_bar=None if piece.source == "drum_patterns" or piece.fill == "yes" else number,
    )


def drop_conditions(
    tokens: np.ndarray, features: np.ndarray, dice: np.random.Generator | None, drop: float, blind: float
) -> None:
    """Hide each condition in `drop` of the windows, and what a bar itself realises in `blind` (all without dice).

    Kick, density and intensity are measured on the very bar: told, they would flatter the report.
    """
    count = len(tokens)

    def some() -> np.ndarray:
        return dice.random(count) < drop if dice is not None else np.zeros(count, bool)

    blinded = dice.random(count) < blind if dice is not None else np.ones(count, bool)
    for column, unknown, seen in ((1, codec.PHRASE_BARS, False), (2, 0, False), (3, 0, True), (4, 0, False)):
        tokens[some() | (blinded & seen), :, column] = unknown
    for column in (81, 83):
        features[some() | blinded, :, column : column + 2] = 0


def say_anything(tokens: np.ndarray, rows: np.ndarray, dice: np.random.Generator) -> None:
    """Tell style and fill of some windows at random: nobody labelled them, and the band will name any of them."""
    for column in (STYLE, FILL):
        tokens[rows, :, column] = dice.integers(codec.VOCABULARIES[column], size=(len(rows), 1))
