"""What a run leaves behind: checkpoints, the best weights, the curve of the watched figure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)
Spec = TypeVar("Spec", bound=msgspec.Struct)


def load_best(folder: Path, build: Callable[[Spec], Model], spec: type[Spec]) -> Model:
    """Return the best weights of a run on the CPU, ready to evaluate; build: makes a network from its spec."""
    state = torch.load(folder / "best.pt", weights_only=True, map_location="cpu")
    model = build(msgspec.convert(state["spec"], spec))
    model.load_state_dict(state["model"])
    return model.eval()


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; atomic."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def plot(history: list[dict[str, float]], path: Path) -> None:
    """Draw the watched figure over the epochs."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([h["epoch"] for h in history], [h["nll"] for h in history], marker="o")
    axes.set(xlabel="epoch", ylabel="held-out nats per step")
    figure.savefig(path)
    plt.close(figure)
