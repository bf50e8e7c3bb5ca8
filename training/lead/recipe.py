"""Recipe of the lead: train on songs with chords and a share of folk tunes, export, judge."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.codec.grid import FEATURES, VELOCITY_BINS
from engines.codec.lead import FIELDS, FINGERPRINT, TOKENS
from engines.library import Card, File, Library
from engines.neural.session import StepSession
from training.export import (
    Teacher,
    check_parity,
    choose_graph,
    golden,
    ports,
    replace_card,
    revision,
    sources,
    step_us,
    today,
    write_version,
)
from training.lead import data as data_lead
from training.lead import report as report_lead
from training.lead import windows as windows_lead
from training.lead.windows import LeadWindows, conditions, measure
from training.networks.gru import GruSpec, StepGru, arrays
from training.networks.step_graph import step_graph
from training.options import EvaluateOptions, ExportOptions, TrainOptions, expert_config, newest_run, settings
from training.run import Batch, Run, Settings, Trainer, load_best

NAME = "lead-gru"
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
    """Train on songs with chords, mixed with a share of windows from everything (folk tunes have no chords)."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("lead", options)
    data, digest = datasets(options, chosen.window_bars)
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


def export(options: ExportOptions) -> Path:
    """Export the best weights of a run; parity with torch is proved on held-out windows."""
    folder = options.run or newest_run(options.runs, "lead")
    run = msgspec.json.decode((folder / "run.json").read_bytes(), type=Run)
    model = load_best(folder, StepGru, GruSpec)
    data, digest = datasets(TrainOptions(options.data, options.runs), run.settings.window_bars)
    batch = data["valid"].batch(np.arange(min(24, len(data["valid"]))), None)
    teacher = Teacher(batch.tokens.numpy(), batch.features.numpy())
    with torch.no_grad():
        reference = model(batch.tokens, batch.features)[0].numpy()
    weights = arrays(model)
    worst = check_parity(step_graph(weights, model.spec), reference, teacher)
    graph, precision, proof = choose_graph(weights, model.spec, teacher)
    session = StepSession(graph)
    inputs, outputs = ports(model.spec)
    card = Card(
        name=NAME,
        version=options.version,
        kind="lead",
        voices=("lead",),
        codec=FINGERPRINT,
        model=File("", "", 0),
        golden=File("", "", 0),
        inputs=inputs,
        outputs=outputs,
        heads=HEADS,
        meters=((4, 4),),
        grid=16,
        parameters=model.parameter_count(),
        precision=precision,
        sources=sources(options.data, data_lead.FOLDERS),
        data_sha256=digest,
        tiers="A- to B",
        licence="weights MIT; learned from the sources named, whose notes are not shipped",
        revision=run.revision,
        profile=run.profile,
        date=today(),
        decoding=expert_config("lead").decoding,
        metrics={"torch_parity": worst, **{f"int8_{k}": v for k, v in msgspec.to_builtins(proof).items()}},
        latency_us={f"step_batch_{n}": round(step_us(session, n), 1) for n in (1, 2, 12)},
    )
    target = options.models / NAME / options.version
    write_version(target, card, graph, golden(graph, teacher))
    library = Library(options.models)
    library.use(NAME, options.version)
    print(f"{precision}: {proof}; current: {revision()}")
    return target


def evaluate(options: EvaluateOptions) -> dict[str, Any]:
    """Judge the shipped graph on held-out songs; `write` puts the figures into the card."""
    library = Library(options.models)
    card = library.verify(NAME, options.version)
    expert = library.load(NAME, card.version)
    session = StepSession((options.models / NAME / card.version / card.model.name).read_bytes())
    data, _ = datasets(TrainOptions(options.data, options.runs), 8)
    figures = report_lead.report(expert, session, data)
    if options.write:
        replace_card(options.models / NAME / card.version, report_lead.flat(figures))
    return figures
