"""Recipe of the lead: a transformer, trained on songs with chords and a share of folk tunes, exported, judged."""

from pathlib import Path
from typing import Any

import torch

from engines.codec.grid import FEATURES
from engines.codec.lead import FIELDS
from training.lead.ship import judge, ship
from training.lead.task import HEADS, learn
from training.networks.cache_graph import POSITIONS, cache_graph
from training.networks.transformer import StepTransformer, TransformerSpec, arrays, turns
from training.options import EvaluateOptions, ExportOptions, TrainOptions, expert_config, newest_run
from training.run import Settings, load_best

NAME = "lead-transformer"


def make_spec(chosen: Settings) -> TransformerSpec:
    """Return the network's shape."""
    return TransformerSpec(
        FIELDS,
        FEATURES,
        HEADS,
        layers=chosen.layers,
        hidden=chosen.hidden,
        attention=int(chosen.extra["attention"]),
        dropout=chosen.dropout,
        conditions="encoder" if chosen.extra["encoder"] else "stream",
    )


def train(options: TrainOptions) -> Path:
    """Train; return the run's folder."""
    return learn("lead", options, lambda chosen: StepTransformer(make_spec(chosen)))


def graph_of(model: StepTransformer) -> bytes:
    """Return the fp32 graph of a network."""
    tables = turns(torch.arange(POSITIONS), model.spec.hidden // model.spec.attention)
    return cache_graph(arrays(model), model.spec, *(table.numpy() for table in tables))


def export(options: ExportOptions) -> Path:
    """Export the best weights of a run as a version of `lead-transformer`."""
    folder = options.run or newest_run(options.runs, "lead")
    model = load_best(folder, StepTransformer, TransformerSpec)
    return ship(NAME, model, graph_of(model), expert_config("lead").decoding, folder=folder, options=options)


def evaluate(options: EvaluateOptions) -> dict[str, Any]:
    """Judge a shipped version on held-out songs."""
    return judge(NAME, options)
