"""One training run: batches in, best weights out; resumable, Ctrl-C safe, fingerprinted.

A run lives in `<runs>/<expert>/<fingerprint>/`: run.json, last.pt, best.pt, history.json, loss.png. The
fingerprint covers configuration, data hash, git revision and seed. On a GPU where there is one; under
`torchrun` every process takes its share of each batch and the gradients are averaged.
"""

import copy
import json
import math
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from tqdm import tqdm

from training.checkpoint import load_best, plot, save
from training.fleet import Fleet
from training.identity import Run, Settings
from training.lesson import Batch, Loss, Network, Windows, evaluate

__all__ = ["Batch", "Loss", "Network", "Run", "Settings", "Trainer", "Windows", "evaluate", "load_best", "start"]


class Trainer:
    """Trains one model; `fit` may be called again after an interruption and goes on where it was."""

    def __init__(self, model: Any, loss: Loss, run: Run, runs: Path) -> None:
        """Prepare optimiser, averaged copy and folder; model: a Network."""
        self.fleet = Fleet.join()
        self.model: Any = model.to(self.fleet.device)
        self.loss, self.run, self.settings = loss, run, run.settings
        self.fleet.same_start(self.model)
        self.folder = run.begin(runs) if self.fleet.leads else run.folder(runs)
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
                save(
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
        save(self.folder / "last.pt", state)

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


def start(model: Any, loss: Loss, run: Run, runs: Path, *, resume: bool) -> Trainer:
    """Return a trainer; resume: one that goes on where this run was interrupted, perhaps on an earlier revision."""
    trainer = Trainer(model, loss, run.earlier(runs) if resume else run, runs)
    if resume and trainer.resume() and trainer.fleet.leads:
        print(f"going on at epoch {trainer.epoch + 1}, step {trainer.step + 1}", flush=True)
    return trainer
