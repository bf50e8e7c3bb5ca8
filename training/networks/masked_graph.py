"""The ONNX graph of a masked network, built from plain arrays (no torch): one call completes a whole bar."""

from typing import Protocol

from training.networks import block_graph as block
from training.networks.builder import Arrays, Builder, real, whole
from training.networks.spec import AttentionSpec


class Spec(AttentionSpec, Protocol):
    """The numbers of `training.networks.masked.MaskedSpec` that shape the graph."""

    @property
    def steps(self) -> int:
        """Steps of a bar."""


def masked_graph(arrays: Arrays, spec: Spec) -> bytes:
    """Return the serialised graph for weights laid out as `training.networks.masked.arrays` does.

    tokens int64 [batch, T, K], features float32 [batch, T, F] -> logits float32 [batch, T, C].
    """
    build = Builder(block.scaled(arrays, spec))
    block.shapes(build, spec)
    signal = block.linear(build, "told", "features")
    for k, column in enumerate(build.columns("tokens", len(spec.vocabularies), axis=2)):
        signal = build.op("Add", signal, *build.op("Gather", f"embeds.{k}.weight", column, axis=0))[0]
    for layer in range(spec.layers):
        signal = block.fed(build, f"blocks.{layer}", _attend(build, spec, f"blocks.{layer}", signal))
    block.logits(build, signal)
    inputs = [
        whole("tokens", "batch", spec.steps, len(spec.vocabularies)),
        real("features", "batch", spec.steps, spec.features),
    ]
    return build.serialise(inputs, [real("logits", "batch", spec.steps, sum(spec.heads))])


def _attend(build: Builder, spec: Spec, name: str, signal: str) -> str:
    """Attention of every step to every step, added to the stream."""
    query, key, value = build.split(block.apart(build, name, signal), (spec.attention,) * 3, axis=1)
    near = build.op("Add", block.scores(build, query, key), f"{name}.near")[0]
    heard = build.op("MatMul", *build.op("Softmax", near, axis=-1), value)[0]
    return block.joined(build, name, signal, heard)
