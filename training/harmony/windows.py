"""Songs of chord changes as windows for the network; conditions hidden at random; the benchmark's songs kept apart."""

import random
from pathlib import Path

import msgspec
import numpy as np
import torch

from engines.codec import harmony as codec
from engines.codec.harmony import QUALITIES, TRIAD, Change, Wish
from training.harmony.data import SOURCES, Song, held_out, songs
from training.run import Batch

WATCHED = 40  # training songs of POP909 that watch the training (never in the report)
TENSION_BEATS = 16
DIATONIC = {(0, 0), (2, 1), (4, 1), (5, 0), (7, 0), (9, 1)}  # (root, triad class): the six common triads of a key


class Sequence(msgspec.Struct, frozen=True, eq=False):
    """A song as the network sees it: tokens [T, K], features [T, F], targets int64 [T, 2] (chord, duration class)."""

    tokens: np.ndarray
    features: np.ndarray
    targets: np.ndarray


def corpus(data: Path) -> dict[str, list[Sequence]]:
    """Return the songs as train, valid and test (the benchmark's 90), every condition told."""
    found = songs(data)
    test = held_out(found["pop909"])
    rest = [song for song in found["pop909"] if song.name not in test]
    random.Random(1).shuffle(rest)
    raw = {id(song): tension(song) for part in found.values() for song in part}
    ranks = np.sort(np.concatenate(list(raw.values())))
    sides = {
        "train": [*rest[WATCHED:], *(song for folder in list(SOURCES)[1:] for song in found[folder])],
        "valid": rest[:WATCHED],
        "test": sorted((song for song in found["pop909"] if song.name in test), key=lambda song: song.name),
    }
    return {
        side: [sequence(song, np.searchsorted(ranks, raw[id(song)]) / len(ranks)) for song in part]
        for side, part in sides.items()
    }


def tension(song: Song) -> np.ndarray:
    """Return a raw tension per change, over the next four bars: foreign, coloured, off-tonic chords, and how many.

    Chord data name no tension; ranked over the corpus this is what the live tension asks for.
    """
    tonics = {0: {0, 9}, 1: {0}, 2: {9}}[song.mode]
    each = []
    for token in song.tokens:
        root, quality = divmod(token, len(QUALITIES))
        foreign, coloured = (root, TRIAD[quality]) not in DIATONIC, quality >= 2
        each.append(0.4 * foreign + 0.3 * coloured + 0.3 * (root not in tonics))
    ends = np.searchsorted(song.onsets, np.array(song.onsets) + TENSION_BEATS)
    spans = [each[start:end] for start, end in enumerate(ends)]
    return np.array([np.mean(span) + 0.025 * min(len(span), 8) for span in spans])


def sequence(song: Song, ranks: np.ndarray) -> Sequence:
    """Encode a song."""
    changes = [Change(*each) for each in zip(song.onsets, song.tokens, song.beats, strict=True)]
    rows = []
    for number, change in enumerate(changes):
        wish = Wish(song.mode, song.sections[number], song.left[number], float(ranks[number]))
        rows.append(codec.seen(changes[max(0, number - codec.REACH) : number], change.onset, wish))
    targets = [(change.token, codec.duration_class(change.beats)) for change in changes]
    tokens, features = zip(*rows, strict=True)
    return Sequence(np.array(tokens), np.array(features, np.float32), np.array(targets))


class HarmonyWindows:
    """One window a song; with dice a random crop of at most `changes`, from the song's start in four of ten."""

    def __init__(self, sequences: list[Sequence], changes: int, drop: float = 0.0, blind: float = 0.0) -> None:
        """Take the songs. changes: 0 = whole. drop: share hidden per condition; blind: of windows told nothing."""
        self.sequences, self.changes, self.drop, self.blind = sequences, changes, drop, blind

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.sequences)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return padded songs; without dice no condition is told (the benchmark knows none)."""
        parts = [self._crop(self.sequences[place], dice) for place in chosen]
        longest = max(len(part.targets) for part in parts)
        shape = (len(parts), longest)
        tokens = np.zeros((*shape, len(codec.VOCABULARIES)), np.int64)
        features, weight = np.zeros((*shape, codec.FEATURES), np.float32), np.zeros(shape, np.float32)
        targets = np.zeros((*shape, 2), np.int64)
        for row, part in enumerate(parts):
            size = len(part.targets)
            tokens[row, :size], features[row, :size] = part.tokens, part.features
            targets[row, :size], weight[row, :size] = part.targets, 1
        hide(tokens, features, dice, self.drop, self.blind)
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))

    def _crop(self, whole: Sequence, dice: np.random.Generator | None) -> Sequence:
        size = len(whole.targets)
        if dice is None or not self.changes or size <= self.changes:
            return whole
        start = int(dice.integers(size - self.changes + 1)) if dice.random() < 0.6 else 0
        part = slice(start, start + self.changes)
        return Sequence(whole.tokens[part], whole.features[part], whole.targets[part])


def hide(tokens: np.ndarray, features: np.ndarray, dice: np.random.Generator | None, drop: float, blind: float) -> None:
    """Hide mode, section, bars left and tension, each in `drop` of the windows, all in `blind` (all without dice)."""
    count = len(tokens)
    nothing = np.ones(count, bool) if dice is None else dice.random(count) < blind
    for column in (5, 6, 7):
        tokens[nothing | (dice.random(count) < drop if dice else True), :, column] = 0
    features[nothing | (dice.random(count) < drop if dice else True), :, :2] = 0
