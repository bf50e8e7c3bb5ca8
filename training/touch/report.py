"""The touch's report card: held-out performances, told the strokes before, against the mean of each step."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.hand import Hand, Wander
from engines.touch import QUANTITIES
from engines.units import STEPS_PER_BAR
from training.touch.data import FEWEST, VOICES, Take
from training.touch.wandering import Strokes, expect, learn

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Notes = tuple[Ints, Floats]

RESAMPLES: Final = 2000
NAMES: Final = {"late": "timing", "loud": "velocity"}
SHUFFLES: Final = 3


class Errors(msgspec.Struct, frozen=True):
    """Of every held-out take: its song, the notes' errors (own, of the mean), and nats (own, of the mean)."""

    songs: list[str]
    own: list[Floats]
    beside: list[Floats]
    nats: list[Floats]
    nats_beside: list[Floats]

    @property
    def ratio(self) -> float:
        """The mean error over that of the mean."""
        own, beside = self._sums()
        return float(own.sum() / beside.sum())

    def interval(self) -> list[float]:
        """Return the bootstrap 95 % interval of the ratio over songs."""
        _, place = np.unique(self.songs, return_inverse=True)
        own, beside = (np.bincount(place, each) for each in self._sums())
        drawn = np.random.default_rng(0).integers(0, len(own), (RESAMPLES, len(own)))
        return [float(each) for each in np.percentile(own[drawn].sum(1) / beside[drawn].sum(1), (2.5, 97.5))]

    def _sums(self) -> tuple[Floats, Floats]:
        """Return the absolute errors of each take, added up."""
        own, beside = ([float(np.abs(each).sum()) for each in part] for part in (self.own, self.beside))
        return np.array(own), np.array(beside)


def notes_of(takes: Sequence[Take], voice: str, quantity: str) -> dict[int, Notes]:
    """Return (steps, values) of the takes of a voice that have enough of a quantity, by their number."""
    found = {}
    for number, take in enumerate(takes):
        values = getattr(take, quantity)
        there = np.isfinite(values)
        if take.voice == voice and there.sum() >= FEWEST:
            found[number] = take.steps[there], values[there]
    return found


def means(notes: Sequence[Notes]) -> Floats:
    """Return the mean of each step of the bar, [16]; 0 for a step that nobody played."""
    steps, values = (np.concatenate([each[n] for each in notes]) for n in (0, 1))
    place = steps % STEPS_PER_BAR
    return np.asarray(
        np.bincount(place, values, STEPS_PER_BAR) / np.maximum(1, np.bincount(place, minlength=STEPS_PER_BAR))
    )


def without(notes: Sequence[Notes], mean: Floats) -> list[Notes]:
    """Return notes less the mean of their step."""
    return [(steps, values - mean[steps % STEPS_PER_BAR]) for steps, values in notes]


def hands(train: Sequence[Take]) -> dict[str, Hand]:
    """Return the hand of every voice that somebody played."""
    found = {}
    for voice in VOICES:
        wanders = {}
        for quantity in QUANTITIES:
            notes = list(notes_of(train, voice, quantity).values())
            if notes:
                wanders[quantity] = learn(without(notes, means(notes)))
        if wanders:
            found[voice] = Hand(**wanders)
    return found


def errors(train: Sequence[Take], test: Sequence[Take], voice: str, quantity: str, wander: Wander) -> Errors | None:
    """Return the errors on the held-out takes; None where there are none."""
    known, held = list(notes_of(train, voice, quantity).values()), notes_of(test, voice, quantity)
    if not known or not held:
        return None
    mean = means(known)
    spread = float(np.concatenate([values for _, values in without(known, mean)]).std())
    found = Errors([], [], [], [], [])
    for number, (steps, values) in zip(held, without(list(held.values()), mean), strict=True):
        strokes = Strokes.of(steps, values)
        expected, variance = expect(strokes, wander)
        place = np.searchsorted(strokes.steps, steps)
        own = values - expected[place]
        found.songs.append(test[number].song)
        found.own.append(own)
        found.beside.append(values)
        found.nats.append(_nats(own, variance[place] + wander.note * wander.spread**2))
        found.nats_beside.append(_nats(values, np.full(len(values), spread**2)))
    return found


def _nats(error: Floats, variance: Floats) -> Floats:
    return np.asarray(0.5 * (np.log(2 * np.pi * variance) + error**2 / variance))


def figures(train: Sequence[Take], test: Sequence[Take], learned: Mapping[str, Hand]) -> dict[str, float | list[float]]:
    """Return the report card: errors beside those of the mean per step, nats a note, how alike neighbours are."""
    found: dict[str, float | list[float]] = {}
    for voice, hand in learned.items():
        for quantity in QUANTITIES:
            wander, name = getattr(hand, quantity), f"{voice}.{NAMES[quantity]}"
            got = errors(train, test, voice, quantity, wander)
            if got is None:
                continue
            own, beside, nats, nats_beside = (
                np.concatenate(each) for each in (got.own, got.beside, got.nats, got.nats_beside)
            )
            found |= {
                f"{name}_mae": float(np.abs(own).mean()),
                f"{name}_mae_of_mean": float(np.abs(beside).mean()),
                f"{name}_mae_ratio": got.ratio,
                f"{name}_mae_ratio_interval": got.interval(),
                f"{name}_nll": float(nats.mean()),
                f"{name}_nll_of_mean": float(nats_beside.mean()),
                f"{name}_notes": float(len(own)),
                f"{name}_lag1": lag1(played(test, voice, quantity)),
                f"{name}_lag1_drawn": lag1(drawn(test, voice, quantity, wander)),
            }
    return {name: _rounded(value) for name, value in found.items()}


def elsewhere(splits: Sequence[Mapping[str, Sequence[Take]]]) -> dict[str, float]:
    """Return timing's ratio over all notes held out under several splits, learned anew for each."""
    found = {}
    for voice in VOICES:
        own, beside = 0.0, 0.0
        for sides in splits:
            notes = list(notes_of(sides["train"], voice, "late").values())
            wander = learn(without(notes, means(notes))) if notes else Wander()
            got = errors(sides["train"], sides["test"], voice, "late", wander)
            own += sum(float(np.abs(each).sum()) for each in got.own) if got else 0.0
            beside += sum(float(np.abs(each).sum()) for each in got.beside) if got else 0.0
        if beside:
            found[f"{voice}.timing_mae_ratio_five_splits"] = round(own / beside, 4)
    return found


def _rounded(value: float | list[float]) -> float | list[float]:
    return [round(each, 4) for each in value] if isinstance(value, list) else round(value, 4)


def played(takes: Sequence[Take], voice: str, quantity: str) -> list[Floats]:
    """Return what was played, stroke by stroke, take by take."""
    return [Strokes.of(*each).values for each in notes_of(takes, voice, quantity).values()]


def drawn(takes: Sequence[Take], voice: str, quantity: str, wander: Wander) -> list[Floats]:
    """Return what the hand draws for the same strokes, under some seeds."""
    found = []
    for seed, (steps, values) in enumerate(list(notes_of(takes, voice, quantity).values()) * SHUFFLES):
        strokes = Strokes.of(steps, values)
        bars = {bar: wander.strokes(seed, int(bar)) for bar in np.unique(strokes.steps // STEPS_PER_BAR) if bar >= 0}
        own = np.random.default_rng(seed).standard_normal(len(strokes.steps)) * np.sqrt(wander.note / strokes.counts)
        shared = [bars[s // STEPS_PER_BAR][s % STEPS_PER_BAR] if s >= 0 else 0.0 for s in strokes.steps.tolist()]
        found.append(np.array(shared) + own)
    return found


def lag1(lines: Sequence[Floats]) -> float:
    """Return the correlation of neighbouring strokes, 0 for white jitter."""
    before, after = (np.concatenate([line[part] for line in lines]) for part in (slice(None, -1), slice(1, None)))
    return float(np.corrcoef(before, after)[0, 1])


def seed_of(card: Card) -> int:
    """Return the seed under which a touch's songs were held out."""
    seed = card.metrics["seed"]
    assert isinstance(seed, float)
    return int(seed)
