"""Microscopic drums, harmony and form with the real signatures, for tests."""

from pathlib import Path

import msgspec

from engines.card import Card
from engines.codec import drums, form, harmony
from tests.engines.neural.toy import ToySpec, toy_arrays, toy_card, toy_teacher
from training.export import golden, ports, write_version
from training.networks.step_graph import step_graph
from training.options import expert_config

CODECS = {"drums": drums, "harmony": harmony, "form": form}
SPECS = {
    kind: ToySpec(codec.VOCABULARIES, (2,) * len(codec.VOCABULARIES), codec.FEATURES, codec.HEADS)
    for kind, codec in CODECS.items()
}


def toy_card_of(kind: str, spec: ToySpec) -> Card:
    inputs, outputs = ports(spec)
    return msgspec.structs.replace(
        toy_card(spec),
        name=f"{kind}-gru",
        kind=kind,
        voices=("drums",) if kind == "drums" else (),
        codec=CODECS[kind].FINGERPRINT,
        inputs=inputs,
        outputs=outputs,
        heads=spec.heads,
        decoding=expert_config(kind).decoding,
    )


def make_toy(folder: Path, kind: str) -> str:
    """Write a version v1 of `<kind>-gru` below a models folder; return the expert's name."""
    spec = SPECS[kind]
    card, graph = toy_card_of(kind, spec), step_graph(toy_arrays(spec), spec)
    write_version(folder / card.name / card.version, card, graph, golden(graph, toy_teacher(spec)))
    return card.name
