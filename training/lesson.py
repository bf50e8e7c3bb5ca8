"""What a trainer is given: batches of windows, a network, a loss; and how well a network does on them."""

import math
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import numpy as np
import torch
from torch import Tensor


class Batch(msgspec.Struct):
    """tokens int64 [B, T, K], features float32 [B, T, F], targets int64 or float [B, T, M], weight [B, T]."""

    tokens: Tensor
    features: Tensor
    targets: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        parts = (part.to(device, non_blocking=True) for part in (self.tokens, self.features, self.targets, self.weight))
        return Batch(*parts)


class Network(Protocol):
    """What the trainer knows of a network: an `nn.Module` that can be rebuilt from its spec."""

    spec: msgspec.Struct

    def __call__(self, tokens: Tensor, features: Tensor) -> tuple[Tensor, Any]:
        """Return logits [B, T, C] (and its state, where it has one) for tokens [B, T, K] and features [B, T, F]."""


class Windows(Protocol):
    """Windows of music; `batch` builds some of them, augmented where dice are given."""

    def __len__(self) -> int:
        """Return the number of windows."""

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return the chosen windows as tensors; None = no augmentation (evaluation)."""


Loss = Callable[[Tensor, Batch], tuple[Tensor, dict[str, float]]]
"""(logits [B, T, C], batch) -> scalar to minimise, figures to log (`nll` is the one that is watched)."""


def evaluate(model: Any, windows: Windows, loss: Loss, batch: int = 64, limit: int = 0) -> dict[str, float]:
    """Return the mean of the loss's figures over (at most `limit`) windows, dropout off; model: a Network."""
    device = next(model.parameters()).device
    count = min(len(windows), limit) if limit else len(windows)
    chosen = np.linspace(0, len(windows) - 1, count).astype(int)
    sums: dict[str, float] = {}
    model.eval()
    with torch.no_grad():
        for part in np.array_split(chosen, max(1, math.ceil(count / batch))):
            made = windows.batch(part, None).to(device)
            _, figures = loss(model(made.tokens, made.features)[0], made)
            for name, value in figures.items():
                sums[name] = sums.get(name, 0.0) + value * len(part)
    return {name: value / count for name, value in sums.items()}
