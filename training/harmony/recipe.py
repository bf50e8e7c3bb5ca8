"""The recipe of the harmony expert: chord changes -> GRU with a pointer into its own past -> graph and card."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec import harmony as codec
from engines.codec.harmony import CHORDS, POINTER
from engines.library import Library
from engines.neural.session import StepSession
from training.corpus import material
from training.export import (
    Teacher,
    replace_card,
    revision,
    run_steps,
)
from training.harmony import elsewhere, listening
from training.harmony import report as report_harmony
from training.harmony.data import SOURCES
from training.harmony.elsewhere import FOLDERS
from training.harmony.prepared import MATERIAL, benchmark, sides
from training.harmony.windows import HarmonyWindows, Sequence, blank, corpus
from training.networks.gru import network
from training.options import EvaluateOptions, ExportOptions, TrainOptions, settings
from training.publish import data_hash
from training.run import Batch, Run, start
from training.ship import Kind, ship

NAME = "harmony-gru"
NOTE = (
    "Figures: change events of 90 held-out songs of POP909-CL, nothing annotated told. harmony.nll and its kin hide "
    "the time as the n-grams' protocol does (one triad a change, every change one bar); *_timed are of the expert as "
    "it plays: it sees sevenths, when a chord changes and how long each lasted. Tension of the training data is "
    "computed from its chords. All of these are the network's alone. Live, genre, loops, key and tension are steered "
    "by the numbers in `decoding`: harmony.play.* are of phrases for uplifting."
)

EMBEDS = (16, 8, 6, 4, 4, 3, 4, 4, *(12, 6) * len(codec.LAGS))
NO_CHANCE = -50.0


def mixture(logits: Tensor, targets: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return log P(chord) [B, T, CHORDS] and log P(true chord and duration) [B, T].

    A gate mixes what the network would write with what its pointer finds in the song's own past: the query of a
    step against the keys of earlier steps, each standing for the change that followed it (after See et al. 2017).
    """
    chord, duration, query, key, gate = logits.split(codec.HEADS, dim=-1)
    mask = torch.ones(logits.shape[1], logits.shape[1], dtype=torch.bool).tril(-1) & (weight[:, None, :] > 0)
    match = (query @ key.transpose(1, 2) / POINTER**0.5).masked_fill(~mask, -1e9)
    share = match.softmax(-1) * mask
    past = mask.any(-1)
    write = torch.where(past, functional.logsigmoid(gate[..., 0]), 0.0)
    copy = torch.where(past, functional.logsigmoid(-gate[..., 0]), NO_CHANCE)
    token, length = targets[..., 0], targets[..., 1]
    found = share @ functional.one_hot(token, CHORDS).float()
    chords = torch.logaddexp(chord.log_softmax(-1) + write[..., None], (found + 1e-9).log() + copy[..., None])
    same = (token[:, :, None] == token[:, None, :]) & (length[:, :, None] == length[:, None, :])
    written = _pick(chord.log_softmax(-1), token) + _pick(duration.log_softmax(-1), length) + write
    return chords, torch.logaddexp(written, ((share * same).sum(-1) + 1e-9).log() + copy)


def _pick(values: Tensor, index: Tensor) -> Tensor:
    return values.gather(-1, index[..., None])[..., 0]


class HarmonyLoss:
    """Nats per change: of the chord, with weight `joint` of chord and duration together, with `function` beside.

    The function's chance is the sum of its chords': a chord of the right function is half right.
    """

    def __init__(self, joint: float, function: float = 0.0) -> None:
        """Take the weight 0..1 of the joint term and that of the function's."""
        self.joint, self.function = joint, function
        self.members = functional.one_hot(torch.tensor([codec.function_of(token) for token in range(CHORDS)])).float()

    def __call__(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss and its parts."""
        chords, both = mixture(logits, batch.targets, batch.weight)
        token, total = batch.targets[..., 0], batch.weight.sum()
        members = self.members.to(logits.device)
        functions = (chords.exp() @ members + 1e-9).log()
        nll, joint, role = (
            -(found * batch.weight).sum() / total
            for found in (_pick(chords, token), both, _pick(functions, members.argmax(-1)[token]))
        )
        loss = (1 - self.joint) * nll + self.joint * joint + self.function * role
        return loss, {"nll": nll.item(), "joint": joint.item(), "function": role.item()}


def train(options: TrainOptions) -> Path:
    """Train on the data folder; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("harmony", options)
    found, bare, extra = corpus(options.data), corpus(options.data, timeless=True), chosen.extra
    timeless = bare["train"], extra["timeless"]
    windows = HarmonyWindows(found["train"], int(extra["changes"]), extra["drop"], extra["blind"], timeless)
    valid = HarmonyWindows(found["valid"] + bare["valid"], 0)
    run = Run("harmony", options.profile, chosen, data_hash(options.data, SOURCES), revision(), options.seed)
    loss = HarmonyLoss(extra["joint"], extra["function"])
    trainer = start(network(codec, EMBEDS, chosen), loss, run, options.runs, resume=options.resume)
    return trainer.fit(windows, valid)


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `harmony-gru`: the smallest faithful graph, golden vectors, card."""
    note = material.note(options.data, sides(options.data), MATERIAL, NOTE)
    kind = Kind(NAME, "harmony", (), codec.FINGERPRINT, SOURCES, note)
    return ship(kind, teacher_of(corpus(options.data)["test"]), options)


def evaluate(options: EvaluateOptions) -> dict[str, float]:
    """Return the report card of the shipped graph; with `write` it goes into the card."""
    card = Library(options.models).card(NAME, options.version)
    folder = options.models / NAME / card.version
    session = StepSession((folder / card.model.name).read_bytes())
    train, test = benchmark(options.data)
    found = report_harmony.baselines(train, test)
    for timeless in (True, False):
        sequences = corpus(options.data, timeless=timeless)["test"]
        found |= named("harmony", "" if timeless else "_timed", judged(session, sequences))
    for other in (name for name in FOLDERS if (options.data / name).is_dir()):
        others = list(elsewhere.songs(options.data, other))
        if not others:
            continue
        found |= named(f"harmony.{other}", "", judged(session, [blank(song) for song in others]))
        ngram = report_harmony.score_ngram(train, [song.tokens for song in others], 6, report_harmony.CACHE)
        found |= ngram.figures(f"harmony.{other}.ngram6_cache")
    found |= listening.figures(Library(options.models).load_harmony(NAME, card.version))
    if options.write:
        replace_card(folder, dict(found))
    return found


def judged(session: StepSession, sequences: list[Sequence]) -> dict[str, float]:
    """Return a graph's figures over songs, nothing annotated told."""
    return report_harmony.score_network(run_steps(session, teacher_of(sequences)), [song.targets for song in sequences])


def named(name: str, ending: str, figures: dict[str, float]) -> dict[str, float]:
    """Return figures as `name.kind` + ending."""
    return {f"{name}.{kind}{ending}": value for kind, value in figures.items()}


def teacher_of(sequences: list[Sequence]) -> Teacher:
    """Return whole songs, padded, no condition told."""
    batch = HarmonyWindows(sequences, 0).batch(np.arange(len(sequences)), None)
    return Teacher(batch.tokens.numpy(), batch.features.numpy())
