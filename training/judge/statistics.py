"""Who is better, and how sure: Wilcoxon where paired, Mann-Whitney else, Holm, bootstrap; and percentile bands."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from engines.measure.spread import common_area, overlapping_area
from training.judge.result import LEARNED, REAL, UNDERSTUDY, Band, Comparison

Floats = NDArray[np.float64]
Features = Mapping[str, Mapping[str, float]]
"""By blueprint, then by feature."""

MARKS: Final = (10, 25, 50, 75, 90)
FEWEST: Final = 6  # pairs below which Wilcoxon cannot reach p < .05


def column(features: Features, name: str) -> dict[str, float]:
    """Return one feature by blueprint, where it is."""
    return {each: values[name] for each, values in features.items() if name in values}


def bands(voice: str, real: Features, players: Mapping[str, Features]) -> list[Band]:
    """Return the percentiles of every real feature, and how every player lies to them."""
    names = sorted({name for values in real.values() for name in values})
    return [_band(voice, name, real, players) for name in names]


def _band(voice: str, name: str, real: Features, players: Mapping[str, Features]) -> Band:
    truth = np.array(list(column(real, name).values()))
    marks = np.percentile(truth, MARKS)
    sides = {who: np.array(list(column(found, name).values())) for who, found in players.items()}
    sides = {who: values for who, values in sides.items() if len(values)}
    half = len(truth) // 2
    return Band(
        voice=voice,
        feature=name,
        real=tuple(float(mark) for mark in marks),  # type: ignore[arg-type]
        means={who: float(values.mean()) for who, values in {REAL: truth, **sides}.items()},
        medians={who: float(np.median(values)) for who, values in {REAL: truth, **sides}.items()},
        inside={who: inside(values, marks[0], marks[-1]) for who, values in {REAL: truth, **sides}.items()},
        # real music against itself, one half against the other, is what can be reached
        overlap={who: overlapping_area(truth, values) for who, values in sides.items()}
        | {REAL: overlapping_area(truth[:half], truth[half:])},
        common={who: common_area(truth, values) for who, values in sides.items()}
        | {REAL: common_area(truth[:half], truth[half:])},
    )


def inside(values: Floats, low: float, high: float) -> float:
    """Return the share of values in low..high, both included."""
    return float(((values >= low) & (values <= high)).mean()) if len(values) else 0.0


def misfits(found: Mapping[str, float], real: Mapping[str, float]) -> dict[str, float]:
    """Return by blueprint what a player's value adds to its energy distance from real music (Szekely & Rizzo 2013).

    2 E|x - Y| - E|x - X| - E|Y - Y'| over E|Y - Y'|: the mean over x is 0 where both are spread alike. Unlike the
    distance to a median it does not reward a player who always plays the median.
    """
    truth, made = (np.array(list(side.values())) for side in (real, found))
    spread = float(np.abs(truth[:, None] - truth).mean())
    if not spread:  # a feature in which real music never differs: any difference is a whole one
        return {name: float(value != truth[0]) for name, value in found.items()}
    near = 2 * np.abs(made[:, None] - truth).mean(1) - np.abs(made[:, None] - made).mean(1)
    return dict(zip(found, ((near - spread) / spread).tolist(), strict=True))


def nearer(voice: str, real: Features, players: Mapping[str, Features], resamples: int) -> list[Comparison]:
    """Compare by feature how far the learned player and the understudy are from real music."""
    if not {LEARNED, UNDERSTUDY} <= set(players):
        return []
    tests = []
    for name in sorted({name for values in real.values() for name in values}):
        truth = column(real, name)
        sides = [column(players[who], name) for who in (LEARNED, UNDERSTUDY)]
        if all(sides):
            one, other = (misfits(side, truth) for side in sides)
            tests.append(compare(voice, name, one, other, better="lower", resamples=resamples))
    return [test for test in tests if test is not None]


def compare(
    voice: str,
    feature: str,
    learned: Mapping[str, float],
    understudy: Mapping[str, float],
    *,
    better: str,
    resamples: int,
    seed: int = 0,
) -> Comparison | None:
    """Test the learned player against the understudy; paired where both played the same blueprints.

    better: "lower" or "higher" is good. None where there is too little to compare. p_holm is yet to come (`holm`).
    """
    both = sorted(set(learned) & set(understudy))
    dice = np.random.default_rng(seed)
    if len(both) >= FEWEST:
        a, b = (np.array([side[each] for each in both]) for side in (learned, understudy))
        differences = a - b
        p = float(stats.wilcoxon(differences).pvalue) if differences.any() else 1.0
        means = dice.choice(differences, (resamples, len(differences))).mean(1)
        test = "wilcoxon"
    elif len(learned) >= FEWEST and len(understudy) >= FEWEST:
        a, b = np.array(list(learned.values())), np.array(list(understudy.values()))
        p = float(stats.mannwhitneyu(a, b).pvalue)
        means = dice.choice(a, (resamples, len(a))).mean(1) - dice.choice(b, (resamples, len(b))).mean(1)
        test = "mann-whitney"
    else:
        return None
    low, high = np.percentile(means, (2.5, 97.5))
    gain = float(a.mean() - b.mean()) * (1 if better == "higher" else -1)
    who = LEARNED if gain > 0 else UNDERSTUDY
    return Comparison(
        voice, feature, test, len(a), float(a.mean()), float(b.mean()), float(a.mean() - b.mean()), float(low),
        float(high), p, p, who,
    )  # fmt: skip


def holm(found: Sequence[Comparison], significance: float) -> list[Comparison]:
    """Correct the p values of a family after Holm; who is not better beyond chance is "neither"."""
    order = sorted(range(len(found)), key=lambda n: found[n].p)
    settled: list[Comparison] = list(found)
    reached = 0.0
    for rank, n in enumerate(order):
        reached = max(reached, min(1.0, found[n].p * (len(found) - rank)))
        who = found[n].better if reached < significance else "neither"
        settled[n] = msgspec.structs.replace(found[n], p_holm=reached, better=who)
    return settled


def interval(values: Sequence[float], resamples: int, seed: int = 0) -> tuple[float, float]:
    """Return the bootstrap 95 % interval of a mean."""
    found = np.asarray(values, np.float64)
    means = np.random.default_rng(seed).choice(found, (resamples, len(found))).mean(1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
