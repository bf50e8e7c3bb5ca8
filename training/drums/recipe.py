"""The recipe of the drums expert: pieces -> windows -> GRU -> step graph and card."""

from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec import drums as codec
from engines.codec.drums import COUNT, PAIRS
from engines.library import Library
from engines.neural.session import StepSession
from training.corpus import material
from training.drums import report as report_drums
from training.drums.data import SOURCES
from training.drums.piece import Piece
from training.drums.prepared import MATERIAL, sides
from training.drums.windows import DrumWindows, sequence
from training.export import (
    Teacher,
    replace_card,
    revision,
    run_steps,
)
from training.networks.gru import network
from training.options import EvaluateOptions, ExportOptions, TrainOptions, settings
from training.publish import data_hash
from training.run import Batch, Run, start
from training.ship import Kind, ship

NAME = "drums-gru"
NOTE = (
    "Little dance music was learned from (1 bar in 20): kick, backbeat, rolls and crashes are the genre's; hats (drawn "
    "to the genre's), ghost notes, toms, fills, dynamics and timing are learned. Figures: held-out Groove takes, with "
    "kick, density and loudness of the bar untold. Tension is heard as density and loudness; no drum data name it."
)

EMBEDS = (8, 4, 4, 4, 3)
HITS, VELOCITIES, OFFSETS = slice(0, 9), slice(9, 18), slice(18, 27)
LOWER = torch.tensor([i for i, _ in PAIRS]), torch.tensor([j for _, j in PAIRS])


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


def train(options: TrainOptions) -> Path:
    """Train on the data folder; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("drums", options)
    found, extra = sides(options.data), chosen.extra
    train, watch = ([sequence(piece) for piece in found[side]] for side in ("train", "valid"))
    windows = DrumWindows(train, chosen.window_bars, int(extra["four"]), extra["drop"], extra["blind"])
    valid = DrumWindows(watch, chosen.window_bars)
    run = Run("drums", options.profile, chosen, data_hash(options.data, SOURCES), revision(), options.seed)
    loss = DrumLoss(extra["velocity"], extra["offset"])
    trainer = start(network(codec, EMBEDS, chosen), loss, run, options.runs, resume=options.resume)
    return trainer.fit(windows, valid)


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `drums-gru`: the smallest faithful graph, golden vectors, card."""
    found = sides(options.data)
    note = material.note(options.data, found, MATERIAL, NOTE)
    kind = Kind(NAME, "drums", ("drums",), codec.FINGERPRINT, SOURCES, note, binary=True)
    return ship(kind, teacher_of(found["test"])[0], options)


def evaluate(options: EvaluateOptions) -> dict[str, float]:
    """Return the report card of the shipped graph; with `write` it goes into the card."""
    found = sides(options.data)
    held = found["test"]
    library = Library(options.models)
    card = library.card(NAME, options.version)
    folder = options.models / NAME / card.version
    graph = (folder / card.model.name).read_bytes()
    teacher, batch = teacher_of(held)
    logits = run_steps(StepSession(graph), teacher)
    figures = report_drums.figures(logits, batch.targets.numpy(), batch.weight.numpy())
    bars = {"held_out_bars": float(sum(len(piece.bars) for piece in held))}
    figures |= report_drums.baselines(found["train"], held) | bars
    if options.write:
        replace_card(folder, dict(figures))
    return figures


def teacher_of(held: list[Piece], bars: int = 8) -> tuple[Teacher, Batch]:
    """Return every bar of the held-out pieces once, in windows of `bars`, told nothing that the bar itself realises."""
    cut = [
        msgspec.structs.replace(piece, bars=piece.bars[start : start + bars])
        for piece in held
        for start in range(0, len(piece.bars), bars)
    ]
    windows = DrumWindows([sequence(piece) for piece in cut], bars)
    batch = windows.batch(np.arange(len(windows)), None)
    return Teacher(batch.tokens.numpy(), batch.features.numpy()), batch
