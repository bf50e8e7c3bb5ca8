"""The recipe of the form expert: annotated songs -> GRU over sections -> graph and card."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec import form as codec
from engines.codec.grid import FUNCTIONS
from engines.library import Library
from engines.neural.session import StepSession
from training.corpus import material
from training.export import (
    Teacher,
    replace_card,
    revision,
    run_steps,
)
from training.form import playing, report
from training.form.data import SOURCES, Song
from training.form.prepared import MATERIAL, sides
from training.form.windows import FormWindows, targets
from training.networks.gru import network
from training.options import EvaluateOptions, ExportOptions, TrainOptions, settings
from training.publish import Metrics, data_hash
from training.run import Batch, Run, start
from training.ship import Kind, ship

NAME = "form-gru"
EMBEDS = (6, 6, 4, 4, *(4,) * len(FUNCTIONS))
NOTE = (
    "Figures: nats per section (its function and its length in phrases; the end counts as one) of held-out songs whose "
    "length is not told. Learned from pop and rock songs, since no free corpus annotates the form of dance music: a "
    "verse stands for a groove, a chorus for a drop, a bridge or solo for a breakdown. What may follow what, and how "
    "long a section is at home, stays the genre's; energy and tension are not learned: no corpus tells them."
)


class FormLoss:
    """Nats per section: of its function and, with a weight, of its length given the function."""

    def __init__(self, length: float) -> None:
        """Take the weight of the length's term."""
        self.length = length

    def __call__(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss and its parts; logits [B, T, sum(HEADS)], targets [B, T, 2]."""
        heads = logits.split(codec.HEADS, dim=-1)
        name, size = batch.targets[..., 0], batch.targets[..., 1]
        named = functional.cross_entropy(heads[0].transpose(1, 2), name, reduction="none")
        per_function = torch.stack([*heads[1:], torch.zeros_like(heads[1])], dim=-2)  # the end has no length
        chosen = per_function.gather(-2, name[..., None, None].expand(*name.shape, 1, len(codec.LENGTHS)))[..., 0, :]
        sized = functional.cross_entropy(chosen.transpose(1, 2), size, reduction="none") * (name != codec.END)
        total = batch.weight.sum()
        first, second = ((found * batch.weight).sum() / total for found in (named, sized))
        figures = {"nll": (first + second).item(), "function": first.item(), "length": second.item()}
        return first + self.length * second, figures


def train(options: TrainOptions) -> Path:
    """Train on the data folder; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("form", options)
    found, extra = sides(options.data), chosen.extra
    run = Run("form", options.profile, chosen, data_hash(options.data, SOURCES), revision(), options.seed)
    trainer = start(network(codec, EMBEDS, chosen), FormLoss(extra["length"]), run, options.runs, resume=options.resume)
    return trainer.fit(FormWindows(found["train"], extra["blind"], extra["stretch"]), FormWindows(found["valid"]))


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `form-gru`: the smallest faithful graph, golden vectors, card."""
    found = sides(options.data)
    kind = Kind(NAME, "form", (), codec.FINGERPRINT, SOURCES, material.note(options.data, found, MATERIAL, NOTE))
    return ship(kind, teacher_of(found["test"]), options)


def evaluate(options: EvaluateOptions) -> Metrics:
    """Return the report card of the shipped graph; with `write` it goes into the card."""
    card = Library(options.models).card(NAME, options.version)
    folder = options.models / NAME / card.version
    session = StepSession((folder / card.model.name).read_bytes())
    found = sides(options.data)
    test = [targets(song) for song in found["test"]]
    learned = report.network(run_steps(session, teacher_of(found["test"])), test)
    name, counted = report.best_ngram([targets(song) for song in material.learned(found)], test)
    figures: Metrics = {
        **{f"form.{kind}": value for kind, value in report.figures(learned).items()},
        **{f"form.{name}.{kind}": value for kind, value in report.figures(counted).items()},
        "form.gain": report.gain(learned, counted),
        "form.sections": float(sum(map(len, test))),
        **playing.figures(Library(options.models).load_form(NAME, card.version)),
    }
    if options.write:
        replace_card(folder, figures)
    return figures


def teacher_of(test: list[Song]) -> Teacher:
    """Return whole songs, padded, their length not told."""
    batch = FormWindows(test).batch(np.arange(len(test)), None)
    return Teacher(batch.tokens.numpy(), batch.features.numpy())
