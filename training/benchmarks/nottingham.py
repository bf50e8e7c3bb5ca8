"""Nottingham melodies: nats per 16th step against the Witten-Bell 5-gram; the network copies what it recalls."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engines.units import STEPS_PER_BAR
from training.benchmarks.profile import BenchmarkOptions, Figures, fit, numbers
from training.benchmarks.recall import Library
from training.benchmarks.steps import COPIES, FEATURES, Steps, StepWindows, embeds, steps, vocabularies
from training.benchmarks.tunes import FOLDER, Melody, Sides, read
from training.networks.gru import GruSpec, StepGru
from training.ngram import Event, WittenBell
from training.run import Batch, Settings, load_best

NAME = "benchmark.nottingham"
ORDER = 5
FIRST_COPY = 5  # column of training.benchmarks.steps
OPENING = 8 * STEPS_PER_BAR  # steps before the first repeat: files write repeats out
SHARES = np.linspace(0, 0.4, 9)  # of the n-gram in the mixture: the best on the watched tunes is taken
Chances = list[NDArray[np.float64]]


def network(words: int, chosen: Settings) -> StepGru:
    """Return a fresh network over a vocabulary of `words`."""
    return StepGru(
        GruSpec(
            vocabularies(words), embeds(chosen.embed), FEATURES, (words, COPIES), chosen.layers, chosen.hidden,
            chosen.dropout,
        )
    )  # fmt: skip


def lift(logits: Tensor, tokens: Tensor, words: int) -> Tensor:
    """Return log P [B, T, words]: every column that can be copied lifts its token by what the network says."""
    found, gates = logits[..., :words], logits[..., words:]
    for copy in range(COPIES):
        column = functional.one_hot(tokens[..., FIRST_COPY + copy], words + 1)[..., :words]
        found = found + gates[..., copy, None] * column
    return found.log_softmax(-1)


class StepLoss:
    """Nats per step."""

    def __init__(self, words: int) -> None:
        """Take the size of the vocabulary."""
        self.words = words

    def __call__(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss and its name."""
        right = lift(logits, batch.tokens, self.words).gather(-1, batch.targets)[..., 0]
        nll = -(right * batch.weight).sum() / batch.weight.sum()
        return nll, {"nll": nll.item()}


def run(options: BenchmarkOptions) -> Figures:
    """Train on the train side and return the figures of the 60 held-out tunes."""
    sides = read(options.data)
    library = Library([tune.tokens for tune in sides.train])
    words, chosen = sides.vocabulary, numbers("nottingham", options)
    train = [steps(tune, words, library, inside=True) for tune in sides.train]
    valid, test = ([steps(t, words, library, inside=False) for t in side] for side in (sides.valid, sides.test))
    windows = StepWindows(train, chosen.window_bars * STEPS_PER_BAR, chosen.extra["told"])
    torch.manual_seed(0)
    model = network(words, chosen)
    folder = fit("nottingham", options, model, StepLoss(words), windows, StepWindows(valid, 0, 0), FOLDER)
    return judge(load_best(folder, StepGru, GruSpec), sides, valid, test)


def judge(model: StepGru, sides: Sides, valid: list[Steps], test: list[Steps]) -> Figures:
    """Return every figure; `clean`: of the held-out tunes that have no near-duplicate among the others."""
    ngram = WittenBell(ORDER, sides.vocabulary).learn([events(tune) for tune in sides.train + sides.valid])
    watching = WittenBell(ORDER, sides.vocabulary).learn([events(tune) for tune in sides.train])
    known = {tune.group for tune in sides.train + sides.valid}
    clean = [number for number, tune in enumerate(sides.test) if tune.group not in known]
    words = sides.vocabulary
    found = {f"{NAME}.parameters": float(model.parameter_count()), f"{NAME}.clean_tunes": float(len(clean))}
    others = [ngram.follow(events(tune)) for tune in sides.test]
    tell(found, f"ngram{ORDER}", others, test, clean)
    cached = [ngram.follow(events(tune), cached=True) for tune in sides.test]
    tell(found, f"ngram{ORDER}_cache", cached, test, clean)
    watched_others = [watching.follow(events(tune), cached=True) for tune in sides.valid]
    for name, told in (("", 0.0), ("_chords", 1.0)):
        chances = network_chances(model, test, words, told)
        share = best_share(network_chances(model, valid, words, told), watched_others, valid)
        tell(found, f"nll{name}", mixed(chances, cached, share), test, clean)
        tell(found, f"nll{name}_network", chances, test, clean)
        found[f"{NAME}.nll{name}_ngram_share"] = share
    return found


def tell(found: Figures, name: str, chances: Chances, tunes: list[Steps], clean: list[int]) -> None:
    """Add nats per step, accuracy, the nats of the clean tunes and those of every tune's opening under a name."""
    found[f"{NAME}.{name}"], found[f"{NAME}.{name}_accuracy"] = score(chances, tunes)
    found[f"{NAME}.{name}_clean"] = score([chances[n] for n in clean], [tunes[n] for n in clean])[0]
    found[f"{NAME}.{name}_opening"] = score(
        [each[:OPENING] for each in chances], [tune.part(0, OPENING) for tune in tunes]
    )[0]


def events(tune: Melody) -> list[Event]:
    """Return a tune's tokens beside their place in the bar."""
    return [(step % STEPS_PER_BAR, int(token)) for step, token in enumerate(tune.tokens)]


def network_chances(model: StepGru, tunes: list[Steps], words: int, told: float) -> Chances:
    """Return P [T, words] per tune; told >= 1: with chords."""
    windows, found = StepWindows(tunes, 0, told), []
    with torch.no_grad():
        for number, tune in enumerate(tunes):
            batch = windows.batch(np.array([number]), None)
            chances = lift(model(batch.tokens, batch.features)[0], batch.tokens, words).exp()
            found.append(chances[0, : len(tune.targets)].double().numpy())
    return found


def mixed(one: Chances, other: Chances, share: float) -> Chances:
    """Return (1 - share) one + share other."""
    return [(1 - share) * a + share * b for a, b in zip(one, other, strict=True)]


def best_share(one: Chances, other: Chances, tunes: list[Steps]) -> float:
    """Return the n-gram's share that serves these tunes best."""
    return float(min(SHARES, key=lambda share: score(mixed(one, other, share), tunes)[0]))


def score(chances: Sequence[NDArray[np.float64]], tunes: Sequence[Steps]) -> tuple[float, float]:
    """Return (nats per step, top-1 accuracy)."""
    if not tunes:
        return math.nan, math.nan
    all_, right = np.concatenate(chances), np.concatenate([tune.targets[:, 0] for tune in tunes])
    return float(-np.log(all_[np.arange(len(right)), right]).mean()), float((all_.argmax(1) == right).mean())
