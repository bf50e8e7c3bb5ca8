"""Microscopic drums and harmony with the real signatures, for tests."""

from pathlib import Path

import msgspec

from engines.card import Card
from engines.codec import drums, harmony
from tests.engines.neural.toy import ToySpec, toy_arrays, toy_card, toy_teacher
from training.export import golden, ports, write_version
from training.networks.step_graph import step_graph
from training.options import expert_config

DRUMS = ToySpec(drums.VOCABULARIES, (2,) * len(drums.VOCABULARIES), drums.FEATURES, drums.HEADS)
HARMONY = ToySpec(harmony.VOCABULARIES, (2,) * len(harmony.VOCABULARIES), harmony.FEATURES, harmony.HEADS)


def toy_card_of(kind: str, spec: ToySpec) -> Card:
    inputs, outputs = ports(spec)
    codec = drums if kind == "drums" else harmony
    return msgspec.structs.replace(
        toy_card(spec),
        name=f"{kind}-gru",
        kind=kind,
        voices=("drums",) if kind == "drums" else (),
        codec=codec.FINGERPRINT,
        inputs=inputs,
        outputs=outputs,
        heads=spec.heads,
        decoding=expert_config(kind).decoding,
    )


def make_toy(folder: Path, kind: str) -> str:
    """Write a version v1 of `<kind>-gru` below a models folder; return the expert's name."""
    spec = DRUMS if kind == "drums" else HARMONY
    card, graph = toy_card_of(kind, spec), step_graph(toy_arrays(spec), spec)
    write_version(folder / card.name / card.version, card, graph, golden(graph, toy_teacher(spec)))
    return card.name
