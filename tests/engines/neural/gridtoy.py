"""A microscopic accompaniment with the real signature, for tests."""

from pathlib import Path

import msgspec
import numpy as np
import torch

from engines.codec import accompaniment as codec
from tests.engines.neural.toy import ToySpec, toy_card
from training.accompaniment.proof import golden, ports
from training.export import Teacher, write_version
from training.networks.masked import MaskedBar, MaskedSpec, arrays
from training.networks.masked_graph import masked_graph
from training.options import expert_config

NAME = "accompaniment-grid"
SPEC = MaskedSpec(codec.FIELDS, codec.FEATURES, codec.HEADS, layers=1, hidden=8, attention=2)
ANY = ToySpec((), (), 1, (1,))  # only for what cards have in common


def toy_graph(seed=0) -> bytes:
    torch.manual_seed(seed)
    return masked_graph(arrays(MaskedBar(SPEC).eval()), SPEC)


def toy_teacher(windows=1) -> Teacher:
    dice = np.random.default_rng(0)
    tokens = np.stack([dice.integers(0, size, (windows, SPEC.steps)) for size in SPEC.vocabularies], -1)
    return Teacher(tokens, dice.random((windows, SPEC.steps, SPEC.features)).astype(np.float32))


def make_toy_accompaniment(folder: Path, **decoding) -> str:
    """Write version v1 below a models folder; return the expert's name."""
    inputs, outputs = ports(SPEC)
    card = msgspec.structs.replace(
        toy_card(ANY),
        name=NAME,
        kind="accompaniment",
        voices=codec.VOICES,
        codec=codec.FINGERPRINT,
        inputs=inputs,
        outputs=outputs,
        heads=codec.HEADS,
        decoding=expert_config("accompaniment").decoding | decoding,
    )
    graph = toy_graph()
    write_version(folder / NAME / card.version, card, graph, golden(graph, toy_teacher()))
    return NAME
