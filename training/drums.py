"""The recipe of the drums expert: pieces -> windows -> GRU -> step graph and card."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec import drums as codec
from engines.codec.drums import COUNT, PAIRS, Conditions, Hits
from engines.units import STEPS_PER_BAR
from training.data_drums import SOURCES, Piece, pieces
from training.export import revision, sources
from training.gru import GruSpec, StepGru
from training.options import TrainOptions, settings
from training.run import Batch, Run, Settings, Trainer

EMBEDS = (8, 4, 4, 4, 3)
HITS, VELOCITIES, OFFSETS = slice(0, 9), slice(9, 18), slice(18, 27)
LOWER = torch.tensor([i for i, _ in PAIRS]), torch.tensor([j for _, j in PAIRS])


class Sequence(msgspec.Struct, frozen=True, eq=False):
    """A piece as the network sees it: tokens [T, K], features [T, F], targets [T, 29] (hits, velocities, offsets, two masks)."""

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

    def __init__(self, sequences: list[Sequence], bars: int, four: int = 1, drop: float = 0.0) -> None:
        """List the windows."""
        self.sequences, self.steps, self.drop = sequences, bars * STEPS_PER_BAR, drop
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
        """Return the chosen windows, zero-padded; with dice, groups of conditions are dropped."""
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
        if dice is not None:
            drop_conditions(tokens, features, dice, self.drop)
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))


def drop_conditions(tokens: np.ndarray, features: np.ndarray, dice: np.random.Generator, share: float) -> None:
    """Hide each group of conditions in `share` of the windows, in place (it must be able to play without)."""
    unknown = (codec.PHRASE_BARS, 0, 0, 0)
    for column, value in enumerate(unknown, start=1):
        tokens[dice.random(len(tokens)) < share, :, column] = value
    for column in (81, 83):
        features[dice.random(len(tokens)) < share, :, column : column + 2] = 0


def hit_logits(logits: Tensor, hits: Tensor) -> Tensor:
    """Return the logit of each class given the true hits of the classes before it on the same step, [..., 9].

    Kick, snare, .. are decided one after the other: logit_i = base_i + sum over j < i of coupling_ij * hit_j.
    """
    coupled = logits[..., COUNT : COUNT + len(PAIRS)] * hits[..., LOWER[1]]
    return logits[..., :COUNT].index_add(-1, LOWER[0], coupled)


class DrumLoss:
    """Nats per step of the joint hits, plus weighted absolute errors of velocity and offset where there is a hit."""

    def __init__(self, velocity: float, offset: float) -> None:
        """Take the weights of the two regressions."""
        self.velocity, self.offset = velocity, offset

    def __call__(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss and its parts."""
        hits = batch.targets[..., HITS]
        each = functional.binary_cross_entropy_with_logits(hit_logits(logits, hits), hits, reduction="none")
        nll = (each.sum(-1) * batch.weight).sum() / batch.weight.sum()
        velocity = _error(torch.sigmoid(logits[..., -2 * COUNT : -COUNT]), batch, VELOCITIES, 27)
        offset = _error(torch.tanh(logits[..., -COUNT:]), batch, OFFSETS, 28)
        total = nll + self.velocity * velocity + self.offset * offset
        return total, {"nll": nll.item(), "velocity": velocity.item(), "offset": offset.item()}


def _error(guess: Tensor, batch: Batch, part: slice, mask: int) -> Tensor:
    struck = batch.targets[..., HITS] * batch.targets[..., mask : mask + 1] * batch.weight[..., None]
    return ((guess - batch.targets[..., part]).abs() * struck).sum() / struck.sum().clamp(min=1)


def network(chosen: Settings) -> StepGru:
    """Return a fresh network of a profile."""
    return StepGru(
        GruSpec(codec.VOCABULARIES, EMBEDS, codec.FEATURES, codec.HEADS, chosen.layers, chosen.hidden, chosen.dropout)
    )


def data_hash(data: Path) -> str:
    """Return one hash over the data folders."""
    return hashlib.sha256("".join(source.sha256 for source in sources(data, SOURCES)).encode()).hexdigest()


def train(options: TrainOptions) -> Path:
    """Train on the data folder; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("drums", options)
    sides: dict[str, list[Sequence]] = {"train": [], "valid": []}
    for piece in pieces(options.data):
        if piece.split in sides:
            sides[piece.split].append(sequence(piece))
    extra = chosen.extra
    windows = DrumWindows(sides["train"], chosen.window_bars, int(extra["four"]), extra["drop"])
    valid = DrumWindows(sides["valid"], chosen.window_bars)
    run = Run("drums", options.profile, chosen, data_hash(options.data), revision(), options.seed)
    trainer = Trainer(network(chosen), DrumLoss(extra["velocity"], extra["offset"]), run, options.runs)
    if options.resume:
        trainer.resume()
    return trainer.fit(windows, valid)
