"""From a finished run of a lead to a version on the shelf, and its report card."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from engines.card import Card, File
from engines.codec.lead import FINGERPRINT
from engines.library import Library
from engines.neural.cache import open_session
from training.export import (
    Teacher,
    check_parity,
    choose_precision,
    golden,
    ports_of,
    replace_card,
    revision,
    step_us,
    today,
    write_version,
)
from training.identity import run_of
from training.lead import data as data_lead
from training.lead import report as report_lead
from training.lead.task import HEADS, datasets
from training.options import EvaluateOptions, ExportOptions, TrainOptions
from training.publish import check_data

PROOF_WINDOWS = 24  # held-out windows on which parity and INT8 are proved


def ship(
    name: str, model: Any, fp32: bytes, decoding: dict[str, float], *, folder: Path, options: ExportOptions
) -> Path:
    """Write a version of `name` and put it in use; parity with torch is proved on held-out windows.

    model: the Network of the run in `folder`, ready to evaluate; fp32: its graph.
    """
    run = run_of(folder)
    data, digest = datasets(TrainOptions(options.data, options.runs), run.settings.window_bars)
    check_data(run, options.data, digest)
    batch = data["valid"].batch(np.arange(min(PROOF_WINDOWS, len(data["valid"]))), None)
    teacher = Teacher(batch.tokens.numpy(), batch.features.numpy())
    with torch.no_grad():
        reference = model(batch.tokens, batch.features)[0].numpy()
    worst = check_parity(fp32, reference, teacher)
    graph, precision, proof = choose_precision(fp32, teacher, HEADS)
    session = open_session(graph)
    inputs, outputs = ports_of(session)
    learned, tiers = data_lead.provenance(options.data)
    card = Card(
        name=name,
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
        sources=learned,
        data_sha256=digest,
        tiers=tiers,
        licence="weights MIT; learned from the sources named, whose notes are not shipped",
        revision=run.revision,
        profile=run.profile,
        date=today(),
        decoding=decoding,
        metrics={"torch_parity": worst, **{f"int8_{k}": v for k, v in msgspec.to_builtins(proof).items()}},
        latency_us={f"step_batch_{n}": round(step_us(session, n), 1) for n in (1, 2, 12)},
    )
    target = options.models / name / options.version
    write_version(target, card, graph, golden(graph, teacher))
    Library(options.models).use(name, options.version)
    print(f"{precision}: {proof}; current: {revision()}")
    return target


def judge(name: str, options: EvaluateOptions) -> dict[str, Any]:
    """Judge the shipped graph on held-out songs; `write` puts the figures into the card."""
    library = Library(options.models)
    card = library.verify(name, options.version)
    folder = options.models / name / card.version
    session = open_session((folder / card.model.name).read_bytes())
    data, _ = datasets(TrainOptions(options.data, options.runs), 8)
    figures = report_lead.report(library.load(name, card.version), session, data)
    if options.write:
        replace_card(folder, report_lead.flat(figures))
    return figures
