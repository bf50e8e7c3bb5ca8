"""Drum pieces as windows for the network: tokens, features, targets; conditions hidden at random."""

import numpy as np
import torch

from engines.codec import drums as codec
from engines.codec.drums import COUNT
from engines.units import STEPS_PER_BAR
from training.drums.sequences import Sequence, drop_conditions, say_anything, sequence
from training.run import Batch

__all__ = ["DrumWindows", "Sequence", "drop_conditions", "sequence"]


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
        untold = [row for row, place in enumerate(chosen) if not self.sequences[self.places[place][0]].piece.labelled]
        if dice is not None and untold:
            say_anything(tokens, np.array(untold), dice)
        drop_conditions(tokens, features, dice, self.drop, self.blind)
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))
