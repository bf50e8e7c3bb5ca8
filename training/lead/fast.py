"""Recipe of the fast lead: a GRU that learns what the transformer would have said (Hinton et al. 2015)."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec.grid import FEATURES
from engines.codec.lead import FIELDS
from engines.library import Library
from training.fleet import Fleet
from training.lead.ship import judge, ship
from training.lead.task import HEADS, VELOCITY_WEIGHT, Mixed, learn, loss
from training.lead.windows import LeadWindows
from training.networks.grow import grow, weights_of
from training.networks.gru import GruSpec, StepGru, arrays
from training.networks.step_graph import step_graph
from training.networks.transformer import StepTransformer, TransformerSpec
from training.options import EvaluateOptions, ExportOptions, TrainOptions, expert_config, newest_run
from training.run import Batch, Settings, load_best

NAME = "lead-gru"
SHELF = Path(__file__).parents[2] / "models"
NOTES = 2  # columns of the targets that are notes; what the teacher says follows


def make_spec(chosen: Settings) -> GruSpec:
    """Return the network's shape."""
    embeds = (chosen.embed, chosen.embed // 2, 8, 8)
    return GruSpec(FIELDS, embeds, FEATURES, HEADS, chosen.layers, chosen.hidden, chosen.dropout)


def begin(chosen: Settings) -> StepGru:
    """Return the network before training: where the profile's extra.grow says so, it begins as the shipped one."""
    model = StepGru(make_spec(chosen))
    if chosen.extra.get("grow", 0):
        card = Library(SHELF).card(NAME)
        grow(model, weights_of((SHELF / NAME / card.version / card.model.name).read_bytes()))
        print(f"begins as {NAME} {card.version}")
    return model


class Taught:
    """Epochs whose targets also tell the teacher's logits: [B, T, 2 + C], on the device that trains."""

    def __init__(self, windows: Mixed, teacher: StepTransformer, half: bool) -> None:
        """half: bfloat16 also on a CPU."""
        self.windows, self.half, self.fleet = windows, half, Fleet.join()
        self.teacher = teacher.to(self.fleet.device).eval()

    def __len__(self) -> int:
        """Return the windows of an epoch."""
        return len(self.windows)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return windows with what the teacher says of each step, told the same conditions as the student."""
        made = self.windows.batch(chosen, dice).to(self.fleet.device)
        with torch.no_grad(), self.fleet.arithmetic(self.half):
            said = self.teacher(made.tokens, made.features)[0].float()
        return msgspec.structs.replace(made, targets=torch.cat([made.targets.float(), said], dim=-1))


class Distillation:
    """The student's lesson: a share of the teacher's distributions, the rest the notes themselves."""

    def __init__(self, data: dict[str, LeadWindows], chosen: Settings, teacher: StepTransformer) -> None:
        """Take the windows and the teacher; the profile's extra.teacher is the share 0..1 learned from it."""
        self.share, self.smoothing = chosen.extra["teacher"], chosen.label_smoothing
        self.windows = Taught(Mixed(data, chosen), teacher, chosen.extra.get("bf16", 0) > 0)

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the mixture of both cross entropies; figures are of the notes."""
        notes, said = batch.targets[..., :NOTES].long(), batch.targets[..., NOTES:]
        plain, figures = loss(logits, msgspec.structs.replace(batch, targets=notes), self.smoothing)
        if not said.shape[-1]:
            return plain, figures
        return self.share * distance(logits, said, batch.weight) + (1 - self.share) * plain, figures


def distance(logits: Tensor, said: Tensor, weight: Tensor) -> Tensor:
    """Return the cross entropy of the teacher's distributions under the student's, weighted as the notes are."""
    total = logits.new_zeros(())
    pairs = zip(logits.split(HEADS, -1), said.split(HEADS, -1), weight.unbind(-1), (1, VELOCITY_WEIGHT), strict=True)
    for mine, theirs, steps, part in pairs:
        far = -(theirs.softmax(-1) * functional.log_softmax(mine, -1)).sum(-1)
        total = total + part * (far * steps).sum() / steps.sum().clamp(min=1)
    return total


def train(options: TrainOptions) -> Path:
    """Train a student of the newest lead below `options.runs`; return the run's folder."""
    teacher = load_best(newest_run(options.runs, "lead"), StepTransformer, TransformerSpec)
    return learn(
        "lead-fast",
        options,
        begin,
        lambda data, chosen: Distillation(data, chosen, teacher),
    )


def export(options: ExportOptions) -> Path:
    """Export the best weights of a run as a version of `lead-gru`, decoded as the lead but for its own numbers."""
    folder = options.run or newest_run(options.runs, "lead-fast")
    model = load_best(folder, StepGru, GruSpec)
    decoding = expert_config("lead").decoding | expert_config("lead-fast").decoding
    return ship(NAME, model, step_graph(arrays(model), model.spec), decoding, folder=folder, options=options)


def evaluate(options: EvaluateOptions) -> dict[str, Any]:
    """Judge a shipped version on held-out songs."""
    return judge(NAME, options)
