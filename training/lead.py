"""Recipe of the lead: pre-train on everything, go on with the songs that have chords, export, judge."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec.grid import FEATURES, VELOCITY_BINS
from engines.codec.lead import FIELDS, TOKENS
from training import windows_lead
from training.gru import GruSpec, StepGru
from training.options import TrainOptions, settings
from training.run import Batch, Run, Settings, Trainer
from training.windows_lead import LeadWindows, conditions, measure

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


def make_spec(chosen: Settings) -> GruSpec:
    """Return the network's shape."""
    embeds = (chosen.embed, chosen.embed // 2, 8, 8)
    return GruSpec(FIELDS, embeds, FEATURES, HEADS, chosen.layers, chosen.hidden, chosen.dropout)


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


def train(options: TrainOptions) -> Path:
    """Train; the folk tunes (no chords) are in the first share of the time only."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("lead", options)
    data, digest = datasets(options, chosen.window_bars)
    from training.export import revision

    run = Run("lead", options.profile, chosen, digest, revision(), options.seed)
    if options.resume:
        run = run.earlier(options.runs)
    mixed = Mixed(data["all"], data["pop"], int(chosen.extra.get("epoch_windows", 6000)), chosen.extra.get("folk", 0.3))
    trainer = Trainer(StepGru(make_spec(chosen)), lambda o, b: loss(o, b, chosen.label_smoothing), run, options.runs)
    if options.resume and trainer.resume():
        print(f"going on at epoch {trainer.epoch + 1}")
    print(f"{trainer.folder}: {trainer.model.parameter_count()} parameters, {len(mixed)} windows an epoch", flush=True)
    return trainer.fit(mixed, data["valid"])


class Mixed:
    """Epochs of a fixed size: a share of windows from all corpora, the rest from songs with chords."""

    def __init__(self, every: LeadWindows, pop: LeadWindows, size: int, share: float) -> None:
        """size: windows an epoch; share: 0..1 from all corpora."""
        self.every, self.pop, self.size, self.share = every, pop, size, share

    def __len__(self) -> int:
        """Return the windows of an epoch."""
        return self.size

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Draw windows at random; which of the two pools a place belongs to is fixed by its number."""
        source = dice or np.random.default_rng(int(chosen[0]))
        pool = self.every if source.random() < self.share else self.pop
        return pool.batch(source.integers(len(pool), size=len(chosen)), dice)
