"""The ONNX graph of a masked network, built from plain arrays (no torch): one call completes a whole bar."""

from typing import Protocol

import numpy as np

from training.networks.builder import Arrays, Builder, real, whole

EPSILON = 1e-5  # of torch's LayerNorm


class Spec(Protocol):
    """The numbers of `training.networks.masked.MaskedSpec` that shape the graph."""

    @property
    def vocabularies(self) -> tuple[int, ...]:
        """Sizes of the K categorical inputs."""

    @property
    def features(self) -> int:
        """Width F of a step's conditions."""

    @property
    def heads(self) -> tuple[int, ...]:
        """Sizes of the output heads."""

    @property
    def steps(self) -> int:
        """Steps of a bar."""

    @property
    def layers(self) -> int:
        """Number of blocks."""

    @property
    def hidden(self) -> int:
        """Width of the stream."""

    @property
    def attention(self) -> int:
        """Heads of attention."""


def masked_graph(arrays: Arrays, spec: Spec) -> bytes:
    """Return the serialised graph for weights laid out as `training.networks.masked.arrays` does.

    tokens int64 [batch, T, K], features float32 [batch, T, F] -> logits float32 [batch, T, C].
    """
    build = Builder(_scaled(arrays, spec))
    build.constant("heads", np.array([0, 0, 3 * spec.attention, -1], np.int64))
    build.constant("joined", np.array([0, 0, -1], np.int64))
    signal = build.linear("features", *_pair("told"))
    for k, column in enumerate(build.columns("tokens", len(spec.vocabularies), axis=2)):
        signal = build.op("Add", signal, *build.op("Gather", f"embeds.{k}.weight", column, axis=0))[0]
    for layer in range(spec.layers):
        signal = _attend(build, spec, f"blocks.{layer}", signal)
        wide = build.linear(_norm(build, f"blocks.{layer}.between", signal), *_pair(f"blocks.{layer}.wide"))
        active = build.op("Mul", wide, *build.op("Sigmoid", wide))[0]
        signal = build.op("Add", signal, build.linear(active, *_pair(f"blocks.{layer}.narrow")))[0]
    build.linear(_norm(build, "last", signal), *_pair("head"), to="logits")
    inputs = [
        whole("tokens", "batch", spec.steps, len(spec.vocabularies)),
        real("features", "batch", spec.steps, spec.features),
    ]
    return build.serialise(inputs, [real("logits", "batch", spec.steps, sum(spec.heads))])


def _scaled(arrays: Arrays, spec: Spec) -> Arrays:
    """Fold the scale of the scores into the queries' weights."""
    scale, found = np.float32((spec.hidden // spec.attention) ** -0.5), dict(arrays)
    for layer in range(spec.layers):
        for part in ("weight", "bias"):
            name = f"blocks.{layer}.qkv.{part}"
            found[name] = found[name].copy()
            found[name][..., : spec.hidden] *= scale
    return found


def _attend(build: Builder, spec: Spec, block: str, signal: str) -> str:
    merged = build.linear(_norm(build, f"{block}.before", signal), *_pair(f"{block}.qkv"))
    apart = build.op("Transpose", *build.op("Reshape", merged, "heads"), perm=[0, 2, 1, 3])[0]
    query, key, value = build.split(apart, (spec.attention,) * 3, axis=1)
    scores = build.op("MatMul", query, *build.op("Transpose", key, perm=[0, 1, 3, 2]))[0]
    shares = build.op("Softmax", *build.op("Add", scores, f"{block}.near"), axis=-1)[0]
    heard = build.op("Transpose", *build.op("MatMul", shares, value), perm=[0, 2, 1, 3])[0]
    joined = build.op("Reshape", heard, "joined")[0]
    return build.op("Add", signal, build.linear(joined, *_pair(f"{block}.out")))[0]


def _norm(build: Builder, name: str, signal: str) -> str:
    return build.op("LayerNormalization", signal, *_pair(name), axis=-1, epsilon=EPSILON)[0]


def _pair(name: str) -> tuple[str, str]:
    return f"{name}.weight", f"{name}.bias"
