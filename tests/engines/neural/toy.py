"""A microscopic lead with the real signature, card and golden vectors: the fixture for everything neural."""

from pathlib import Path

import msgspec
import numpy as np

from engines.card import Card, File
from engines.codec import lead as codec
from engines.codec.grid import FEATURES, VELOCITY_BINS
from engines.neural.cache import open_session
from training.export import Teacher, golden, ports, ports_of, write_version
from training.networks.cache_graph import POSITIONS, cache_graph
from training.networks.step_graph import step_graph

NAME, VERSION = "lead-gru", "v1"


class ToySpec(msgspec.Struct, frozen=True):
    vocabularies: tuple[int, ...] = codec.FIELDS
    embeds: tuple[int, ...] = (3, 2, 2, 2)
    features: int = FEATURES
    heads: tuple[int, ...] = (codec.TOKENS, VELOCITY_BINS)
    layers: int = 2
    hidden: int = 6


class TransformerToy(msgspec.Struct, frozen=True):
    vocabularies: tuple[int, ...] = codec.FIELDS
    features: int = FEATURES
    told: int = FEATURES
    heads: tuple[int, ...] = (codec.TOKENS, VELOCITY_BINS)
    layers: int = 2
    hidden: int = 8
    attention: int = 2


def toy_arrays(spec: ToySpec, seed: int = 0) -> dict[str, np.ndarray]:
    dice = np.random.default_rng(seed)
    h3, width = 3 * spec.hidden, sum(spec.embeds) + spec.features
    shapes = {f"embed.{k}": (v, e) for k, (v, e) in enumerate(zip(spec.vocabularies, spec.embeds, strict=True))}
    for layer in range(spec.layers):
        shapes |= {f"input.{layer}": (spec.hidden if layer else width, h3), f"input_bias.{layer}": (h3,)}
        shapes |= {f"hidden.{layer}": (spec.hidden, h3), f"hidden_bias.{layer}": (h3,)}
    shapes |= {"head": (spec.hidden, sum(spec.heads)), "head_bias": (sum(spec.heads),)}
    return {name: (dice.standard_normal(shape) * 0.3).astype(np.float32) for name, shape in shapes.items()}


def toy_teacher(spec: ToySpec, steps: int = 16) -> Teacher:
    dice = np.random.default_rng(1)
    tokens = np.stack([dice.integers(0, v, (1, steps)) for v in spec.vocabularies], axis=-1)
    return Teacher(tokens, dice.random((1, steps, spec.features)).astype(np.float32))


def toy_card(spec: ToySpec, version: str = VERSION) -> Card:
    inputs, outputs = ports(spec)
    nothing = File("", "", 0)
    return Card(
        name=NAME,
        version=version,
        kind="lead",
        voices=("lead",),
        codec=codec.FINGERPRINT,
        model=nothing,
        golden=nothing,
        inputs=inputs,
        outputs=outputs,
        heads=spec.heads,
        meters=((4, 4),),
        grid=16,
        parameters=1,
        precision="fp32",
        sources=(),
        data_sha256="",
        tiers="",
        licence="test",
        revision="test",
        profile="toy",
        date="2026-01-01",
        decoding={"candidates": 2},
        metrics={},
        latency_us={},
    )


def toy_cache(hidden: int = 8, attention: int = 2, layers: int = 2) -> bytes:
    """Return a microscopic transformer's graph with the real signature."""
    spec = TransformerToy(hidden=hidden, attention=attention, layers=layers)
    dice = np.random.default_rng(0)
    shapes = {f"embeds.{k}.weight": (size, hidden) for k, size in enumerate(spec.vocabularies)}
    linears = {"told": (FEATURES, hidden), "head": (hidden, sum(spec.heads))}
    norms = ["last"]
    for layer in range(layers):
        name = f"blocks.{layer}"
        linears |= {f"{name}.qkv": (hidden, 3 * hidden), f"{name}.out": (hidden, hidden)}
        linears |= {f"{name}.wide": (hidden, 4 * hidden), f"{name}.narrow": (4 * hidden, hidden)}
        norms += [f"{name}.before", f"{name}.between"]
    for name, (rows, columns) in linears.items():
        shapes |= {f"{name}.weight": (rows, columns), f"{name}.bias": (columns,)}
    for name in norms:
        shapes |= {f"{name}.weight": (hidden,), f"{name}.bias": (hidden,)}
    arrays = {name: (dice.standard_normal(shape) * 0.5).astype(np.float32) for name, shape in shapes.items()}
    angles = np.arange(POSITIONS)[:, None] * np.tile(1 / 4 ** np.arange(hidden // attention // 2), 2)
    halves = np.where(np.arange(hidden // attention) < hidden // attention // 2, -1, 1)
    return cache_graph(arrays, spec, np.cos(angles), np.sin(angles) * halves)


def make_toy_lead(
    folder: Path, version: str = VERSION, use: bool = True, seed: int = 0, graph: bytes | None = None
) -> None:
    """Write `folder/lead-gru/<version>/` and name it in current.yaml, so that a Library loads it; graph: else a GRU."""
    spec = ToySpec()
    graph = graph or step_graph(toy_arrays(spec, seed), spec)
    inputs, outputs = ports_of(open_session(graph))
    card = msgspec.structs.replace(toy_card(spec, version), inputs=inputs, outputs=outputs)
    write_version(folder / NAME / version, card, graph, golden(graph, toy_teacher(spec)))
    if use:
        (folder / "current.yaml").write_text(f"{NAME}: {version}\n")
