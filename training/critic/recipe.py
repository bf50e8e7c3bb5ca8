"""Recipe of the critic: a GRU over bars that tells real bars of melody from four kinds of fakes."""

import re
from collections.abc import Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engines.card import Card
from engines.library import Library
from engines.neural.critic import FEATURES, FIELDS, FINGERPRINT, HEADS
from engines.neural.lead import NeuralLead
from engines.neural.session import StepSession
from engines.units import STEPS_PER_BAR
from training.corpus import material
from training.critic import report
from training.critic.data import CriticWindows, Song, cached, sample, songs
from training.export import (
    Teacher,
    check_parity,
    choose_graph,
    golden,
    ports,
    replace_card,
    revision,
    today,
    write_version,
)
from training.identity import run_of
from training.lead import data as data_lead
from training.lead import windows as windows_lead
from training.lead.data import Segment
from training.networks.gru import GruSpec, StepGru, arrays
from training.networks.step_graph import step_graph
from training.options import EvaluateOptions, ExportOptions, TrainOptions, newest_run, settings
from training.publish import LICENCE, TO_COME, check_data, latencies, proof_metrics
from training.refused import Refused
from training.run import Batch, Run, Settings, Trainer, load_best

SHELF = Path(str(resources.files("models")))
NAME, EXPERT = "lead-critic", "critic"
LEADS = ("lead-transformer", "lead-gru")
PROOF_WINDOWS = 256  # held-out windows on which parity and INT8 are proved
SHARES = {"train": 1.0, "valid": 0.05, "test": 0.1}  # of the samples that a lead writes


def loss(logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """Cross entropy of real against each kind of fake, bar by bar; nll is nats per judgement."""
    each = functional.binary_cross_entropy_with_logits(logits, batch.targets, reduction="none")
    mean = (each * batch.weight).sum() / batch.weight.sum()
    right = ((((logits > 0) == (batch.targets > 0)) * batch.weight).sum() / batch.weight.sum()).item()
    return mean, {"nll": float(mean.detach()), "accuracy": right}


def datasets(options: TrainOptions, chosen: Settings, lead: NeuralLead) -> tuple[dict[str, CriticWindows], str]:
    """Return windows of every side and the hash of the data; the lead writes its fakes, kept below runs."""
    sides, digest = windows_lead.load(options.data, options.runs)
    ranks = {name for name in lead.card.decoding if name.startswith("rank_")}  # one candidate has no rank
    decoding = {k: v for k, v in lead.card.decoding.items() if k not in ranks} | {"candidates": 1.0}
    plain = NeuralLead(msgspec.structs.replace(lead.card, decoding=decoding), lead.session)
    bars, found = chosen.window_bars, {}
    for side, pool in pools(options.data, sides, bars).items():
        count = max(1, round(chosen.extra["samples"] * SHARES[side]))
        key = (digest, lead.name, lead.version, lead.card.model.sha256, decoding, side, bars, count)
        made = partial(sample, plain, pool, bars, count)
        found[side] = CriticWindows(pool, cached(options.runs / "cache", key, made), bars)
    return found, digest


def pools(data: Path, sides: Mapping[str, list[Segment]], bars: int) -> dict[str, list[Song]]:
    """Return the songs of every side that windows of so many bars lie in; Refused where there are none at all."""
    played = {side: [each for each in part if windows_lead.recorded(each.corpus)] for side, part in sides.items()}
    found = {side: songs(part, bars) for side, part in played.items()}
    if not any(found.values()):
        raise Refused(f"{data}: no melody of {bars} bars with a chord on every beat for a critic to learn from")
    return material.filled(found)


def lead_of(models: Path) -> NeuralLead:
    """Return the lead in use, whose bars are the fakes that sound most like music; the fast one where it is alone."""
    library = Library(models)
    name = next((name for name in LEADS if name in library.current()), None)
    if name is None:
        raise FileNotFoundError(f"{models}: no lead whose bars a critic could tell from music; train one first")
    found = library.load(name)
    assert isinstance(found, NeuralLead)
    return found


def make_spec(chosen: Settings) -> GruSpec:
    """Return the network's shape."""
    embeds = (chosen.embed,) * len(FIELDS)
    return GruSpec(FIELDS, embeds, FEATURES, HEADS, layers=chosen.layers, hidden=chosen.hidden, dropout=chosen.dropout)


def train(options: TrainOptions, models: Path = SHELF) -> Path:
    """Train; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings(EXPERT, options)
    data, digest = datasets(options, chosen, lead_of(models))
    run = Run(EXPERT, options.profile, chosen, digest, revision(), options.seed)
    if options.resume:
        run = run.earlier(options.runs)
    model = StepGru(make_spec(chosen))
    trainer = Trainer(model, loss, run, options.runs)
    if options.resume and trainer.resume():
        print(f"going on at epoch {trainer.epoch + 1}")
    print(f"{trainer.folder}: {model.parameter_count()} parameters, {len(data['train'])} windows", flush=True)
    return trainer.fit(data["train"], data["valid"])


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `lead-critic`, which a lead's card names by its number."""
    if not re.fullmatch(r"v\d+", options.version):
        raise Refused(f"--version {options.version}: a lead's card names its critic by number; take v and a number: v2")
    folder = options.run or newest_run(options.runs, EXPERT)
    run = run_of(folder)
    model = load_best(folder, StepGru, GruSpec)
    asked = TrainOptions(options.data, options.runs)
    data, digest = datasets(asked, run.settings, lead_of(options.models))
    check_data(run, options.data, digest)
    test = data["test"]
    batch = test.batch(np.arange(min(PROOF_WINDOWS, len(test))), None)
    teacher = Teacher(batch.tokens.numpy(), batch.features.numpy())
    with torch.no_grad():
        reference = model(batch.tokens, batch.features)[0].numpy()
    fp32 = step_graph(arrays(model), model.spec)
    parity = check_parity(fp32, reference, teacher)
    graph, precision, proof = choose_graph(arrays(model), model.spec, teacher, binary=True)
    inputs, outputs = ports(model.spec)
    learned, tiers = data_lead.provenance(options.data)
    learned = tuple(source for source in learned if windows_lead.recorded(source.folder))
    card = Card(
        name=NAME, version=options.version, kind="critic", voices=(), codec=FINGERPRINT, model=TO_COME, golden=TO_COME,
        inputs=inputs, outputs=outputs, heads=HEADS, meters=((4, 4),), grid=STEPS_PER_BAR,
        parameters=model.parameter_count(), precision=precision, sources=learned, data_sha256=digest, tiers=tiers,
        licence=LICENCE, revision=run.revision, profile=run.profile, date=today(), decoding={},
        metrics=proof_metrics(proof, parity), latency_us=latencies(graph),
    )  # fmt: skip
    target = options.models / NAME / options.version
    write_version(target, card, graph, golden(graph, teacher))
    Library(options.models).use(NAME, options.version)
    return target


def evaluate(options: EvaluateOptions) -> dict[str, Any]:
    """Judge the shipped graph on held-out songs; with `write` the figures go into the card."""
    library = Library(options.models)
    card = library.verify(NAME, options.version)
    folder = options.models / NAME / card.version
    asked = TrainOptions(options.data, options.runs, card.profile)
    data, _ = datasets(asked, settings(EXPERT, asked), lead_of(options.models))
    figures = report.report(StepSession((folder / card.model.name).read_bytes()), data["test"])
    if options.write:
        replace_card(folder, dict(figures))
    return figures
