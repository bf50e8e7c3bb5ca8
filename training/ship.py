"""From a finished run of a GRU over steps to a version on the shelf: what drums, harmony and form have in common."""

from pathlib import Path

import msgspec
import torch

from engines.card import Card
from engines.library import Library
from engines.units import STEPS_PER_BAR
from training.export import Teacher, check_parity, choose_graph, golden, ports, today, write_version
from training.networks.gru import GruSpec, StepGru, arrays
from training.networks.step_graph import step_graph
from training.options import ExportOptions, expert_config, newest_run
from training.publish import LICENCE, TO_COME, check_data, data_hash, latencies, proof_metrics, provenance
from training.run import Run, load_best


class Kind(msgspec.Struct, frozen=True):
    """What a card says of every version of an expert.

    name: on the shelf. expert: its recipe, and its kind. folders: the known ones, name -> (tier, licence). note: of its
    figures. binary: its first classes are independent yes/no.
    """

    name: str
    expert: str
    voices: tuple[str, ...]
    codec: str
    folders: dict[str, tuple[str, str]]
    note: str
    binary: bool = False


def ship(kind: Kind, teacher: Teacher, options: ExportOptions) -> Path:
    """Write a version and put it in use: the smallest faithful graph, golden vectors, card; parity is proved."""
    run_folder = options.run or newest_run(options.runs, kind.expert)
    run = msgspec.json.decode((run_folder / "run.json").read_bytes(), type=Run)
    check_data(run, options.data, data_hash(options.data, kind.folders))
    model = load_best(run_folder, StepGru, GruSpec)
    weights = arrays(model)
    with torch.no_grad():
        wanted = model(torch.from_numpy(teacher.tokens), torch.from_numpy(teacher.features))[0].numpy()
    parity = check_parity(step_graph(weights, model.spec), wanted, teacher)
    graph, precision, proof = choose_graph(weights, model.spec, teacher, binary=kind.binary)
    inputs, outputs = ports(model.spec)
    learned, tiers = provenance(options.data, kind.folders)
    card = Card(
        name=kind.name, version=options.version, kind=kind.expert, voices=kind.voices, codec=kind.codec, model=TO_COME,
        golden=TO_COME, inputs=inputs, outputs=outputs, heads=model.spec.heads, meters=((4, 4),), grid=STEPS_PER_BAR,
        parameters=model.parameter_count(), precision=precision, sources=learned,
        data_sha256=run.data_sha256, tiers=tiers, licence=LICENCE, revision=run.revision, profile=run.profile,
        date=today(), decoding=expert_config(kind.expert).decoding, latency_us=latencies(graph),
        metrics={"note": kind.note, **proof_metrics(proof, parity)},
    )  # fmt: skip
    folder = options.models / kind.name / options.version
    write_version(folder, card, graph, golden(graph, teacher))
    Library(options.models).use(kind.name, options.version)
    return folder
