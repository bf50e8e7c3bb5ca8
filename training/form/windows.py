"""Forms as windows for the network: one song each, its end included; the length of the whole hidden at random."""

import numpy as np
import torch

from engines.codec import form as codec
from engines.codec.form import Block
from training.form.data import Song
from training.run import Batch


class FormWindows:
    """One window a song: its blocks and the end; targets: function and length class."""

    def __init__(self, songs: list[Song], blind: float = 0.0, stretch: float = 0.0) -> None:
        """Take the songs. blind: share of the windows not told how long the song is; stretch: of those twice as long.

        What is learned from a song in double or half time is how its sections' lengths hang together.
        """
        self.songs, self.blind, self.stretch = songs, blind, stretch

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.songs)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return padded songs; without dice their length is not told."""
        parts = [self._encode(self._varied(self.songs[place], dice), self._told(dice)) for place in chosen]
        shape = (len(parts), max(len(targets) for _, _, targets in parts))
        tokens = np.zeros((*shape, len(codec.VOCABULARIES)), np.int64)
        features, weight = np.zeros((*shape, codec.FEATURES), np.float32), np.zeros(shape, np.float32)
        goals = np.zeros((*shape, 2), np.int64)
        for row, (fields, told, targets) in enumerate(parts):
            size = len(targets)
            tokens[row, :size], features[row, :size], goals[row, :size] = fields, told, targets
            weight[row, :size] = 1
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, goals, weight)))

    def _told(self, dice: np.random.Generator | None) -> bool:
        return dice is not None and bool(dice.random() >= self.blind)

    def _varied(self, song: Song, dice: np.random.Generator | None) -> Song:
        if dice is None or dice.random() >= self.stretch:
            return song
        return Song(song.name, tuple(Block(block.function, 2 * block.phrases) for block in song.blocks))

    @staticmethod
    def _encode(song: Song, told: bool) -> tuple[list[list[int]], list[list[float]], list[tuple[int, int]]]:
        total = sum(block.phrases for block in song.blocks) if told else None
        rows = [codec.seen(song.blocks[:place], total) for place in range(len(song.blocks) + 1)]
        tokens, features = (list(column) for column in zip(*rows, strict=True))
        return tokens, features, targets(song)  # type: ignore[return-value]


def targets(song: Song) -> list[tuple[int, int]]:
    """Return function and length class of every block, then the end, which has no length."""
    return [*((block.function, codec.length_class(block.phrases)) for block in song.blocks), (codec.END, 0)]
