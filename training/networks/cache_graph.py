"""The ONNX graph of a transformer with a cache of keys and values, built from plain arrays (no torch).

N new steps of R rows attend to M slots of a cache and to each other, as `seen` allows; only the new keys and
values come out. So several candidates share one past (their own steps are slots that the others do not see), and a
bar that is heard goes in at once.
"""

from typing import Protocol

import numpy as np

from training.networks.builder import Arrays, Builder, real, whole

POSITIONS = 160  # rows of the rotary table: ten bars
EPSILON = 1e-5  # of torch's LayerNorm


class Spec(Protocol):
    """The numbers of `training.networks.transformer.TransformerSpec` that shape the graph."""

    @property
    def vocabularies(self) -> tuple[int, ...]:
        """Sizes of the K categorical inputs."""

    @property
    def features(self) -> int:
        """Width of a step's own conditions."""

    @property
    def told(self) -> int:
        """Width of all that a step is told."""

    @property
    def heads(self) -> tuple[int, ...]:
        """Sizes of the output heads."""

    @property
    def layers(self) -> int:
        """Number of blocks."""

    @property
    def hidden(self) -> int:
        """Width of the stream."""

    @property
    def attention(self) -> int:
        """Heads of attention."""


def cache_graph(arrays: Arrays, spec: Spec, cosines: np.ndarray, sines: np.ndarray) -> bytes:
    """Return the serialised graph for weights laid out as `training.networks.transformer.arrays` does.

    tokens int64 [rows, steps, K], features [rows, steps, told], positions int64 [steps], seen [steps, slots + steps]
    (0 = seen, very negative = not), sizes int64 [2] = (slots, steps), keys.l and values.l [rows, heads, slots, width]
    -> logits [rows, steps, C], keys_out.l and values_out.l [rows, heads, steps, width]. cosines, sines: rotary tables
    [POSITIONS, width] of `training.networks.transformer.turns`.
    """
    build = Builder(_scaled(arrays, spec))
    turn = [
        build.op("Gather", build.constant(name, table.astype(np.float32)), "positions", axis=0)[0]
        for name, table in (("cosines", cosines), ("sines", sines))
    ]
    build.constant("heads", np.array([0, 0, 3 * spec.attention, -1], np.int64))
    build.constant("joined", np.array([0, 0, -1], np.int64))
    signal = _inputs(build, spec)
    for layer in range(spec.layers):
        signal = _attend(build, spec, layer, signal, turn)
        wide = build.linear(_norm(build, f"blocks.{layer}.between", signal), *_pair(f"blocks.{layer}.wide"))
        active = build.op("Mul", wide, *build.op("Sigmoid", wide))[0]
        signal = build.op("Add", signal, build.linear(active, *_pair(f"blocks.{layer}.narrow")))[0]
    build.linear(_norm(build, "last", signal), *_pair("head"), to="logits")
    return build.serialise(*_ports(spec))


def _scaled(arrays: Arrays, spec: Spec) -> Arrays:
    """Fold the scale of the scores into the queries' weights."""
    scale, found = (spec.hidden // spec.attention) ** -0.5, dict(arrays)
    for layer in range(spec.layers):
        for part in ("weight", "bias"):
            name = f"blocks.{layer}.qkv.{part}"
            found[name] = found[name].copy()
            found[name][..., : spec.hidden] *= np.float32(scale)
    return found


def _pair(name: str) -> tuple[str, str]:
    return f"{name}.weight", f"{name}.bias"


def _norm(build: Builder, name: str, signal: str) -> str:
    return build.op("LayerNormalization", signal, *_pair(name), axis=-1, epsilon=EPSILON)[0]


def _inputs(build: Builder, spec: Spec) -> str:
    """Embeddings, the step's conditions and, where there is an encoder, the bar's, all added."""
    ids = build.columns("tokens", len(spec.vocabularies), axis=2)
    parts = [build.op("Gather", f"embeds.{k}.weight", name, axis=0)[0] for k, name in enumerate(ids)]
    if spec.told > spec.features:
        own, bar = build.split("features", (spec.features, spec.told - spec.features))
        wide = build.linear(bar, *_pair("encoder.0"))
        parts.append(build.linear(build.op("Mul", wide, *build.op("Sigmoid", wide))[0], *_pair("encoder.1")))
    else:
        own = "features"
    parts.append(build.linear(own, *_pair("told")))
    signal = parts[0]
    for part in parts[1:]:
        signal = build.op("Add", signal, part)[0]
    return signal


def _attend(build: Builder, spec: Spec, layer: int, signal: str, turn: list[str]) -> str:
    """Attention of the new steps to the cache and to each other, added to the stream."""
    width = spec.hidden // spec.attention
    merged = build.linear(
        _norm(build, f"blocks.{layer}.before", signal), f"blocks.{layer}.qkv.weight", f"blocks.{layer}.qkv.bias"
    )
    apart = build.op("Transpose", *build.op("Reshape", merged, "heads"), perm=[0, 2, 1, 3])[0]
    turning, value = build.split(apart, (2 * spec.attention, spec.attention), axis=1)
    value = build.op("Identity", value, to=f"values_out.{layer}")[0]
    first, second = build.split(turning, (width // 2, width // 2))
    swapped = build.op("Concat", second, first, axis=-1)[0]
    turned = build.op("Add", *build.op("Mul", turning, turn[0]), *build.op("Mul", swapped, turn[1]))[0]
    query, key = build.split(turned, (spec.attention, spec.attention), axis=1)
    key = build.op("Identity", key, to=f"keys_out.{layer}")[0]
    scores = [_times_turned(build, query, keys) for keys in (f"keys.{layer}", key)]
    allowed = build.op("Add", *build.op("Concat", *scores, axis=-1), "seen")[0]
    shares = build.op("Split", *build.op("Softmax", allowed, axis=-1), "sizes", outputs=2, axis=-1)
    heard = [build.op("MatMul", *pair)[0] for pair in zip(shares, (f"values.{layer}", value), strict=True)]
    together = build.op("Transpose", *build.op("Add", *heard), perm=[0, 2, 1, 3])[0]
    joined = build.op("Reshape", together, "joined")[0]
    return build.op("Add", signal, build.linear(joined, *_pair(f"blocks.{layer}.out")))[0]


def _times_turned(build: Builder, query: str, keys: str) -> str:
    return build.op("MatMul", query, *build.op("Transpose", keys, perm=[0, 1, 3, 2]))[0]


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
