"""What both leads learn: the loss of a step, the shape of the heads, and what an epoch is made of."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec.grid import VELOCITY_BINS
from engines.codec.lead import TOKENS
from training.export import revision
from training.lead import windows as windows_lead
from training.lead.windows import LeadWindows, conditions, measure
from training.options import TrainOptions, settings
from training.run import Batch, Run, Settings, Windows, start

HEADS = (TOKENS, VELOCITY_BINS)
VELOCITY_WEIGHT = 0.3  # velocities are noisier than notes and must not lead the training


def loss(logits: Tensor, batch: Batch, smoothing: float = 0.0) -> tuple[Tensor, dict[str, float]]:
    """Cross entropy of the tokens at every step and of the velocity bins at onsets; nll is nats per step."""
    tokens, bins = logits.split(HEADS, dim=-1)
    plain = functional.cross_entropy(tokens.transpose(1, 2), batch.targets[..., 0], reduction="none")
    smooth = plain
    if smoothing:
        smooth = (1 - smoothing) * plain - smoothing * functional.log_softmax(tokens, -1).mean(-1)
    loud = functional.cross_entropy(bins.transpose(1, 2), batch.targets[..., 1], reduction="none")
    steps, onsets = batch.weight[..., 0], batch.weight[..., 1]
    velocity = (loud * onsets).sum() / onsets.sum().clamp(min=1)
    total = (smooth * steps).sum() / steps.sum() + VELOCITY_WEIGHT * velocity
    right = ((tokens.argmax(-1) == batch.targets[..., 0]) * steps).sum() / steps.sum()
    nll = (plain * steps).sum() / steps.sum()
    return total, {"nll": float(nll.detach()), "accuracy": float(right), "velocity_nll": float(velocity.detach())}


def datasets(options: TrainOptions, bars: int) -> tuple[dict[str, LeadWindows], str]:
    """Return windows of every side (`pop` = train songs with chords) and the hash of the data."""
    sides, digest = windows_lead.load(options.data, options.runs)
    every = [segment for part in sides.values() for segment in part]
    given = {id(s): conditions(s, m) for s, m in zip(every, measure(every), strict=True)}
    chorded = {side: [s for s in part if s.corpus != "folk_abc"] for side, part in sides.items()}
    wanted = {"all": sides["train"], "pop": chorded["train"], "valid": chorded["valid"], "test": chorded["test"]}
    made = {
        name: LeadWindows(part, [given[id(s)] for s in part], bars, 4 if name in {"all", "pop"} else bars)
        for name, part in wanted.items()
        if part
    }
    return made, digest


class Mixed:
    """Epochs of a fixed size: a share of windows from all corpora, the rest from songs with chords."""

    def __init__(self, data: dict[str, LeadWindows], chosen: Settings) -> None:
        """Take what `datasets` returns; the profile's extra says epoch_windows, and folk: the share 0..1 from all."""
        self.every, self.pop = data["all"], data["pop"]
        self.size, self.share = int(chosen.extra["epoch_windows"]), chosen.extra["folk"]

    def __len__(self) -> int:
        """Return the windows of an epoch."""
        return self.size

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Draw windows at random; which of the two pools a place belongs to is fixed by its number."""
        source = dice or np.random.default_rng(int(chosen[0]))
        pool = self.every if source.random() < self.share else self.pop
        return pool.batch(source.integers(len(pool), size=len(chosen)), dice)


class Lesson(Protocol):
    """Epochs to learn from, and what is minimised on them."""

    windows: Windows

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the scalar to minimise and the figures to log."""


class Notes:
    """The plain lesson: predict the notes."""

    def __init__(self, data: dict[str, LeadWindows], chosen: Settings) -> None:
        """Take what `datasets` returns."""
        self.windows, self.smoothing = Mixed(data, chosen), chosen.label_smoothing

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the cross entropy."""
        return loss(logits, batch, self.smoothing)


def learn(
    name: str,
    options: TrainOptions,
    build: Callable[[Settings], Any],
    lesson: Callable[[dict[str, LeadWindows], Settings], Lesson] = Notes,
) -> Path:
    """Train the network that `build` makes from a profile of recipe `name`; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings(name, options)
    data, digest = datasets(options, chosen.window_bars)
    run = Run(name, options.profile, chosen, digest, revision(), options.seed)
    network, taught = build(chosen), lesson(data, chosen)
    trainer = start(network, taught.loss, run, options.runs, resume=options.resume)
    if trainer.fleet.leads:
        size = network.parameter_count()
        print(f"{trainer.folder}: {size} parameters, {len(taught.windows)} windows an epoch", flush=True)
    return trainer.fit(taught.windows, data["valid"])
