"""A transformer's block as ONNX nodes, all of it but what the heads attend to; weights are named as in torch."""

import numpy as np

from training.networks.builder import Arrays, Builder
from training.networks.spec import AttentionSpec

EPSILON = 1e-5  # of torch's LayerNorm


def scaled(arrays: Arrays, spec: AttentionSpec) -> Arrays:
    """Fold the scale of the scores into the queries' weights."""
    scale, found = np.float32((spec.hidden // spec.attention) ** -0.5), dict(arrays)
    for layer in range(spec.layers):
        for part in ("weight", "bias"):
            name = f"blocks.{layer}.qkv.{part}"
            found[name] = found[name].copy()
            found[name][..., : spec.hidden] *= scale
    return found


def shapes(build: Builder, spec: AttentionSpec) -> None:
    """Add the shapes that `apart` and `joined` need, once a graph."""
    build.constant("heads", np.array([0, 0, 3 * spec.attention, -1], np.int64))
    build.constant("joined", np.array([0, 0, -1], np.int64))


def apart(build: Builder, block: str, signal: str) -> str:
    """Return queries, keys and values of the normalised stream, by head: [rows, 3 * heads, steps, width]."""
    merged = linear(build, f"{block}.qkv", norm(build, f"{block}.before", signal))
    return build.op("Transpose", *build.op("Reshape", merged, "heads"), perm=[0, 2, 1, 3])[0]


def scores(build: Builder, query: str, keys: str) -> str:
    """Return queries times keys, [rows, heads, steps, slots]."""
    return build.op("MatMul", query, *build.op("Transpose", keys, perm=[0, 1, 3, 2]))[0]


def joined(build: Builder, block: str, signal: str, heard: str) -> str:
    """Return the stream with what the heads heard added, [rows, steps, hidden]."""
    whole = build.op("Reshape", *build.op("Transpose", heard, perm=[0, 2, 1, 3]), "joined")[0]
    return build.op("Add", signal, linear(build, f"{block}.out", whole))[0]


def fed(build: Builder, block: str, signal: str) -> str:
    """Return the stream with the block's feed-forward added."""
    active = silu(build, linear(build, f"{block}.wide", norm(build, f"{block}.between", signal)))
    return build.op("Add", signal, linear(build, f"{block}.narrow", active))[0]


def logits(build: Builder, signal: str) -> None:
    """Project the normalised stream to the heads."""
    linear(build, "head", norm(build, "last", signal), to="logits")


def silu(build: Builder, wide: str) -> str:
    """Return x * sigmoid(x)."""
    return build.op("Mul", wide, *build.op("Sigmoid", wide))[0]


def linear(build: Builder, name: str, signal: str, to: str = "") -> str:
    """Return a linear layer's output."""
    return build.linear(signal, f"{name}.weight", f"{name}.bias", to=to)


def norm(build: Builder, name: str, signal: str) -> str:
    """Return the normalised stream."""
    return build.op("LayerNormalization", signal, f"{name}.weight", f"{name}.bias", axis=-1, epsilon=EPSILON)[0]
