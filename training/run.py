"""One training run: batches in, best weights out; resumable, Ctrl-C safe, fingerprinted.

A run lives in `<runs>/<expert>/<fingerprint>/`: run.json, last.pt, best.pt, history.json, loss.png. The
fingerprint covers configuration, data hash, git revision and seed. On a GPU where there is one; under
`torchrun` every process takes its share of each batch and the gradients are averaged.
"""

import copy
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.fleet import Fleet
from training.identity import Run, Settings

__all__ = ["Batch", "Loss", "Network", "Run", "Settings", "Trainer", "Windows", "evaluate", "load_best"]


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


Model = TypeVar("Model", bound=nn.Module)
Spec = TypeVar("Spec", bound=msgspec.Struct)
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


class Trainer:
    """Trains one model; `fit` may be called again after an interruption and goes on where it was."""

    def __init__(self, model: Any, loss: Loss, run: Run, runs: Path) -> None:
        """Prepare optimiser, averaged copy and folder; model: a Network."""
        self.fleet = Fleet.join()
        self.model: Any = model.to(self.fleet.device)
        self.loss, self.run, self.settings = loss, run, run.settings
        self.fleet.same_start(self.model)
        self.folder = run.folder(runs)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.fleet.leads:
            (self.folder / "run.json").write_bytes(msgspec.json.format(msgspec.json.encode(run)))
        self.average = copy.deepcopy(model).eval()
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=self.settings.rate, weight_decay=self.settings.weight_decay
        )
        self.epoch = self.step = self.updates = 0
        self.elapsed, self.best, self.stale = 0.0, math.inf, 0
        self.history: list[dict[str, float]] = []

    def fit(self, train: Windows, valid: Windows, valid_limit: int = 512) -> Path:
        """Train to the last epoch, the time limit or the end of patience; return the run's folder."""
        begun, saved = time.monotonic() - self.elapsed, time.monotonic()
        try:
            while self.epoch < self.settings.epochs and self.stale < self.settings.patience and not self._late():
                steps = self._order(len(train))
                bar = tqdm(
                    total=len(steps),
                    initial=self.step,
                    desc=f"epoch {self.epoch + 1}",
                    mininterval=5,
                    disable=not self.fleet.leads,
                )
                while self.step < len(steps) and not self._late():
                    dice = np.random.default_rng((self.run.seed, self.epoch, self.step, self.fleet.rank))
                    torch.manual_seed(int(dice.integers(2**62)))  # a resumed run drops out the same units
                    figure = self._update(train.batch(self.fleet.share(steps[self.step]), dice), len(steps))
                    self.step += 1
                    self.elapsed = self.fleet.leaders(time.monotonic() - begun)
                    bar.update()
                    bar.set_postfix(loss=f"{figure:.4f}", refresh=False)
                    if time.monotonic() - saved > 120:
                        self.save()
                        saved = time.monotonic()
                bar.close()
                self._close_epoch(valid, valid_limit)
        except KeyboardInterrupt:
            self.save()
            print(f"stopped; go on with --resume ({self.folder})")
            raise
        return self.folder

    def _late(self) -> bool:
        return bool(self.settings.minutes) and self.elapsed > self.settings.minutes * 60

    def _order(self, count: int) -> list[np.ndarray]:
        order = np.random.default_rng((self.run.seed, self.epoch)).permutation(count)
        return np.array_split(order, max(1, count // self.settings.batch))

    def _rate(self, steps: int) -> float:
        done = (self.epoch + self.step / steps) / self.settings.epochs
        if self.settings.minutes:
            done = max(done, self.elapsed / (self.settings.minutes * 60))
        warm = min(1.0, (self.updates + 1) / 100)
        return self.settings.rate * warm * max(0.02, 0.5 * (1 + math.cos(math.pi * min(1.0, done))))

    def _update(self, batch: Batch, steps: int) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate(steps)
        self.model.train()
        batch = batch.to(self.fleet.device)
        with self.fleet.arithmetic(self.settings.extra.get("bf16", 0) > 0):
            logits = self.model(batch.tokens, batch.features)[0].float()
        value, _ = self.loss(logits, batch)
        self.optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        self.fleet.mean_gradients(self.model)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.updates += 1
        keep = min(self.settings.ema, (1 + self.updates) / (10 + self.updates))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(now, 1 - keep)
        return float(value.detach())

    def _close_epoch(self, valid: Windows, limit: int) -> None:
        figures = evaluate(self.average, valid, self.loss, limit=limit)
        figures["nll"] = self.fleet.leaders(figures["nll"])
        self.epoch, self.step = self.epoch + 1, 0
        self.history.append({"epoch": self.epoch, "minutes": self.elapsed / 60, **figures})
        if self.fleet.leads:
            print(f"epoch {self.epoch}: " + " ".join(f"{k} {v:.4f}" for k, v in figures.items()), flush=True)
        if figures["nll"] < self.best:
            self.best, self.stale = figures["nll"], 0
            if self.fleet.leads:
                _save(
                    self.folder / "best.pt",
                    {"spec": msgspec.to_builtins(self.model.spec), "model": self.average.state_dict()},
                )
        else:
            self.stale += 1
        self.save()
        if self.fleet.leads:
            (self.folder / "history.json").write_text(json.dumps(self.history, indent=1))
            plot(self.history, self.folder / "loss.png")

    def save(self) -> None:
        """Write everything needed to go on; atomic."""
        if not self.fleet.leads:
            return
        kept = ("epoch", "step", "updates", "elapsed", "best", "stale", "history")
        state = {name: getattr(self, name) for name in kept}
        state |= {part: getattr(self, part).state_dict() for part in ("model", "average", "optimiser")}
        _save(self.folder / "last.pt", state)

    def resume(self) -> bool:
        """Load the last checkpoint of this run if there is one."""
        path = self.folder / "last.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True, map_location=self.fleet.device)
        for part in ("model", "average", "optimiser"):
            getattr(self, part).load_state_dict(state.pop(part))
        for name, value in state.items():
            setattr(self, name, value)
        return True


def load_best(folder: Path, build: Callable[[Spec], Model], spec: type[Spec]) -> Model:
    """Return the best weights of a run on the CPU, ready to evaluate; build: makes a network from its spec."""
    state = torch.load(folder / "best.pt", weights_only=True, map_location="cpu")
    model = build(msgspec.convert(state["spec"], spec))
    model.load_state_dict(state["model"])
    return model.eval()


def _save(path: Path, state: dict[str, Any]) -> None:
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
