"""The ONNX graph of a transformer with a cache of keys and values, built from plain arrays (no torch).

N new steps of R rows attend to M slots of a cache and to each other, as `seen` allows; only the new keys and
values come out. So several candidates share one past (their own steps are slots that the others do not see), and a
bar that is heard goes in at once.
"""

from typing import Protocol

import numpy as np

from training.networks import block_graph as block
from training.networks.builder import Arrays, Builder, real, whole
from training.networks.spec import AttentionSpec

POSITIONS = 160  # rows of the rotary table: ten bars


class Spec(AttentionSpec, Protocol):
    """The numbers of `training.networks.transformer.TransformerSpec` that shape the graph."""

    @property
    def told(self) -> int:
        """Width of all that a step is told."""


def cache_graph(arrays: Arrays, spec: Spec, cosines: np.ndarray, sines: np.ndarray) -> bytes:
    """Return the serialised graph for weights laid out as `training.networks.transformer.arrays` does.

    tokens int64 [rows, steps, K], features [rows, steps, told], positions int64 [steps], seen [steps, slots + steps]
    (0 = seen, very negative = not), sizes int64 [2] = (slots, steps), keys.l and values.l [rows, heads, slots, width]
    -> logits [rows, steps, C], keys_out.l and values_out.l [rows, heads, steps, width]. cosines, sines: rotary tables
    [POSITIONS, width] of `training.networks.transformer.turns`.
    """
    build = Builder(block.scaled(arrays, spec))
    turn = [
        build.op("Gather", build.constant(name, table.astype(np.float32)), "positions", axis=0)[0]
        for name, table in (("cosines", cosines), ("sines", sines))
    ]
    block.shapes(build, spec)
    signal = _inputs(build, spec)
    for layer in range(spec.layers):
        signal = block.fed(build, f"blocks.{layer}", _attend(build, spec, layer, signal, turn))
    block.logits(build, signal)
    return build.serialise(*_ports(spec))


def _inputs(build: Builder, spec: Spec) -> str:
    """Embeddings, the step's conditions and, where there is an encoder, the bar's, all added."""
    ids = build.columns("tokens", len(spec.vocabularies), axis=2)
    parts = [build.op("Gather", f"embeds.{k}.weight", name, axis=0)[0] for k, name in enumerate(ids)]
    own = "features"
    if spec.told > spec.features:
        own, bar = build.split("features", (spec.features, spec.told - spec.features))
        active = block.silu(build, block.linear(build, "encoder.0", bar))
        parts.append(block.linear(build, "encoder.1", active))
    parts.append(block.linear(build, "told", own))
    signal = parts[0]
    for part in parts[1:]:
        signal = build.op("Add", signal, part)[0]
    return signal


def _attend(build: Builder, spec: Spec, layer: int, signal: str, turn: list[str]) -> str:
    """Attention of the new steps to the cache and to each other, added to the stream."""
    half = spec.hidden // spec.attention // 2
    apart = block.apart(build, f"blocks.{layer}", signal)
    turning, value = build.split(apart, (2 * spec.attention, spec.attention), axis=1)
    value = build.op("Identity", value, to=f"values_out.{layer}")[0]
    first, second = build.split(turning, (half, half))
    swapped = build.op("Concat", second, first, axis=-1)[0]
    turned = build.op("Add", *build.op("Mul", turning, turn[0]), *build.op("Mul", swapped, turn[1]))[0]
    query, key = build.split(turned, (spec.attention, spec.attention), axis=1)
    key = build.op("Identity", key, to=f"keys_out.{layer}")[0]
    scores = [block.scores(build, query, keys) for keys in (f"keys.{layer}", key)]
    allowed = build.op("Add", *build.op("Concat", *scores, axis=-1), "seen")[0]
    shares = build.op("Split", *build.op("Softmax", allowed, axis=-1), "sizes", outputs=2, axis=-1)
    heard = [build.op("MatMul", *pair)[0] for pair in zip(shares, (f"values.{layer}", value), strict=True)]
    return block.joined(build, f"blocks.{layer}", signal, *build.op("Add", *heard))


def _ports(spec: Spec) -> tuple[list, list]:
    width, heads = spec.hidden // spec.attention, spec.attention
    inputs = [
        whole("tokens", "rows", "steps", len(spec.vocabularies)),
        real("features", "rows", "steps", spec.told),
        whole("positions", "steps"),
        real("seen", "steps", "reach"),
        whole("sizes", 2),
    ]
    outputs = [real("logits", "rows", "steps", sum(spec.heads))]
    for layer in range(spec.layers):
        inputs += [real(f"{name}.{layer}", "rows", heads, "slots", width) for name in ("keys", "values")]
        outputs += [real(f"{name}_out.{layer}", "rows", heads, "steps", width) for name in ("keys", "values")]
    return inputs, outputs
