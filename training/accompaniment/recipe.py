"""Recipe of the accompaniment: train on masked bars of songs, export, judge."""

from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from engines.codec.accompaniment import FEATURES, FIELDS, FINGERPRINT, HEADS, VOICES
from engines.library import Card, Library
from engines.units import STEPS_PER_BAR
from training.accompaniment import proof, report
from training.accompaniment.data import FOLDERS
from training.accompaniment.prepared import MATERIAL
from training.accompaniment.windows import load
from training.corpus import material, store
from training.export import replace_card, revision, today, write_version
from training.identity import run_of
from training.networks.masked import MaskedBar, MaskedSpec, arrays
from training.options import EvaluateOptions, ExportOptions, TrainOptions, expert_config, newest_run, settings
from training.publish import LICENCE, TO_COME, check_data, data_hash, provenance
from training.run import Batch, Run, Settings, load_best, start

NAME = "accompaniment-grid"
NOTE = (
    "Learned from a pop piano split into three roles and a few electronic songs. Onsets lean on the genre's figure, "
    "and pads are voiced by least movement: consonance, support and pad movement come from masks and voicing as much "
    "as from the network (`frame`: the network muted). Rules hold bass and pad at least as well; the arp is its part."
)
COUNT = len(VOICES)


def loss(logits: Tensor, batch: Batch, velocity_weight: float) -> tuple[Tensor, dict[str, float]]:
    """Cross entropy of the masked cells, each bar counting the same, and of the velocity bins at masked onsets.

    nll: nats per masked cell; nll_<voice>: the same of one voice's cells.
    """
    parts = logits.split(HEADS, dim=-1)
    plain = [
        functional.cross_entropy(part.transpose(1, 2), batch.targets[..., n], reduction="none")
        for n, part in enumerate(parts)
    ]
    cells, onsets = batch.weight[..., :COUNT], batch.weight[..., COUNT:]
    token = torch.stack(plain[:COUNT], -1) * cells
    velocity = (torch.stack(plain[COUNT:], -1) * onsets).sum() / onsets.sum().clamp(min=1)
    nll = token.sum() / cells.sum()
    figures = {"nll": float(nll.detach()), "velocity_nll": float(velocity.detach())}
    for n, voice in enumerate(VOICES):
        figures[f"nll_{voice}"] = float((token[..., n].sum() / cells[..., n].sum().clamp(min=1e-9)).detach())
    return nll + velocity_weight * velocity, figures


def make_spec(chosen: Settings) -> MaskedSpec:
    """Return the network's shape."""
    return MaskedSpec(
        FIELDS,
        FEATURES,
        HEADS,
        steps=STEPS_PER_BAR,
        layers=chosen.layers,
        hidden=chosen.hidden,
        attention=int(chosen.extra["attention"]),
        dropout=chosen.dropout,
    )


def train(options: TrainOptions) -> Path:
    """Train on the data folder; return the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chosen = settings("accompaniment", options)
    sides = load(options.data, options.runs)
    digest = data_hash(options.data, _present(options.data))
    run = Run("accompaniment", options.profile, chosen, digest, revision(), options.seed)
    model = MaskedBar(make_spec(chosen))
    weight = chosen.extra["velocity"]
    judged = partial(loss, velocity_weight=weight)
    trainer = start(model, judged, run, options.runs, resume=options.resume)
    print(f"{trainer.folder}: {model.parameter_count()} parameters, {len(sides.train)} bars", flush=True)
    return trainer.fit(sides.train, sides.valid, valid_limit=int(chosen.extra["valid"]))


def _present(data: Path) -> dict[str, tuple[str, str]]:
    return {name: facts for name, facts in FOLDERS.items() if (data / name).is_dir()}


def export(options: ExportOptions) -> Path:
    """Export a run as a version of `accompaniment-grid`: the smallest faithful graph, golden vectors, card."""
    run_folder = options.run or newest_run(options.runs, "accompaniment")
    run = run_of(run_folder)
    held = _present(options.data)
    check_data(run, options.data, data_hash(options.data, held))
    learned, tiers = provenance(options.data, held)
    model = load_best(run_folder, MaskedBar, MaskedSpec)
    sides = load(options.data, options.runs)
    note = material.note(options.data, {side: getattr(sides, side).songs for side in store.SIDES}, MATERIAL, NOTE)
    teacher = proof.teacher_of(sides.test)
    with torch.no_grad():
        wanted = model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0].numpy()
    graph, precision, metrics = proof.choose(arrays(model), model.spec, teacher, wanted)
    inputs, outputs = proof.ports(model.spec)
    folder = options.models / NAME / options.version
    card = Card(
        name=NAME, version=options.version, kind="accompaniment", voices=VOICES, codec=FINGERPRINT, model=TO_COME,
        golden=TO_COME, inputs=inputs, outputs=outputs, heads=HEADS, meters=((4, 4),), grid=STEPS_PER_BAR,
        parameters=model.parameter_count(), precision=precision, sources=learned,
        data_sha256=run.data_sha256, tiers=tiers, licence=LICENCE,
        revision=run.revision, profile=run.profile, date=today(), decoding=expert_config("accompaniment").decoding,
        metrics={"note": note, **metrics}, latency_us=proof.latencies(graph),
    )  # fmt: skip
    write_version(folder, card, graph, proof.golden(graph, teacher))
    Library(options.models).use(NAME, options.version)
    return folder


def evaluate(options: EvaluateOptions) -> dict[str, float]:
    """Return the report card of the shipped graph; with `write` it goes into the card."""
    card = Library(options.models).verify(NAME, options.version)
    folder = options.models / NAME / card.version
    sides = load(options.data, options.runs)
    found = report.report(card, (folder / card.model.name).read_bytes(), sides)
    if options.write:
        replace_card(folder, dict(found))
    return found
