"""Drum pieces as windows for the network: tokens, features, targets; conditions hidden at random."""

from collections.abc import Iterator

import msgspec
import numpy as np
import torch

from engines.codec import drums as codec
from engines.codec.drums import COUNT, Conditions
from engines.units import STEPS_PER_BAR
from training.drums.data import Piece
from training.run import Batch


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


class DrumWindows:
    """Windows of `bars` bars at every second bar; four-on-the-floor pieces come `four` times."""

    def __init__(
        self, sequences: list[Sequence], bars: int, four: int = 1, drop: float = 0.0, blind: float = 0.0
    ) -> None:
        """List the windows. drop: share hidden per condition; blind: of windows that tell nothing of the bar itself."""
        self.sequences, self.steps, self.drop, self.blind = sequences, bars * STEPS_PER_BAR, drop, blind
        self.places = [
            (number, start * STEPS_PER_BAR)
            for number, found in enumerate(sequences)
            for start in range(0, max(1, len(found.piece.bars) - bars + 1), 2)
            for _ in range(four if found.piece.style == "four" else 1)
        ]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.places)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return the chosen windows, zero-padded; without dice nothing that the bar itself realises is told."""
        shape = (len(chosen), self.steps)
        tokens = np.zeros((*shape, len(codec.VOCABULARIES)), np.int64)
        features, weight = np.zeros((*shape, codec.FEATURES), np.float32), np.zeros(shape, np.float32)
        targets = np.zeros((*shape, 3 * COUNT + 2), np.float32)
        for row, place in enumerate(chosen):
            number, start = self.places[place]
            found = self.sequences[number]
            part = slice(start, start + self.steps)
            size = len(found.tokens[part])
            tokens[row, :size], features[row, :size] = found.tokens[part], found.features[part]
            targets[row, :size], weight[row, :size] = found.targets[part], 1
        drop_conditions(tokens, features, dice, self.drop, self.blind)
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))


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
