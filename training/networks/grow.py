"""A larger GRU that begins as a smaller, shipped one (function-preserving growth: Chen et al. 2016, Net2Net)."""

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from training.networks.builder import Arrays
from training.networks.gru import StepGru

GATES = 3  # reset, update, new


def weights_of(model: bytes) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a shipped step graph by their names, INT8 ones multiplied back."""
    stored = {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(model).graph.initializer}
    found = {}
    for name, value in stored.items():
        plain = name.removesuffix("_quantized")
        if plain != name:
            zero, scale = stored[f"{plain}_zero_point"], stored[f"{plain}_scale"]
            found[plain] = ((value.astype(np.float32) - zero.astype(np.float32)) * scale).astype(np.float32)
        elif value.dtype == np.float32 and not name.endswith("_scale"):
            found[name] = value
    return found


@torch.no_grad()
def grow(model: StepGru, weights: Arrays) -> None:
    """Let a new network say what a smaller one of as many layers says; its further units are heard by nobody yet.

    weights: in the layout of `training.networks.gru.arrays`. Raises ValueError where the shapes cannot fit.
    """
    small, spec = len(weights["hidden.0"]), model.spec
    if small > spec.hidden or f"hidden.{spec.layers}" in weights or f"hidden.{spec.layers - 1}" not in weights:
        raise ValueError(f"{spec.layers} layers of {spec.hidden} cannot begin as these weights")
    for k, embed in enumerate(model.embeds):
        embed.weight.copy_(_tensor(weights[f"embed.{k}"]))
    for layer in range(spec.layers):
        for part, ours in (("input", "ih"), ("hidden", "hh")):
            _fill(getattr(model.gru, f"weight_{ours}_l{layer}"), _tensor(weights[f"{part}.{layer}"]).T, small)
            _fill(getattr(model.gru, f"bias_{ours}_l{layer}"), _tensor(weights[f"{part}_bias.{layer}"]), small)
    model.head.weight.zero_()
    model.head.weight[:, :small] = _tensor(weights["head"]).T
    model.head.bias.copy_(_tensor(weights["head_bias"]))


def _fill(ours: Tensor, theirs: Tensor, small: int) -> None:
    """Put gates [3 * small, ..] into gates [3 * large, ..]; old units do not hear new ones."""
    for mine, old in zip(ours.chunk(GATES), theirs.chunk(GATES), strict=True):
        mine[:small] = 0
        mine[:small][tuple(slice(0, size) for size in old.shape)] = old


def _tensor(value: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(value))
