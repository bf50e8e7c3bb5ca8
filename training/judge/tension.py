"""Does the music do what the tension asks: wished curves, realised curves, their rank correlation and its control."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from engines.composer import Composed
from engines.measure.rank import shuffled, spearman
from engines.measure.tension import Part, Sounded, realised
from engines.theory.key import Key
from training.judge.blueprints import Blueprint
from training.judge.playing import Task
from training.judge.result import LEARNED, UNDERSTUDY, Figure
from training.judge.settings import Settings

PARTS = {"lead": ("lead",), "band": ("lead", "bass", "arp", "pad", "drums")}


def wishes(bars: int, number: int, seed: int) -> tuple[float, ...]:
    """Return a wished curve 0..1 by bar: in turn a rise, a fall, an arch, a valley, steps of sections, a walk."""
    x = np.linspace(0, 1, bars)
    dice = np.random.default_rng((seed, number))
    curves = (
        x,
        1 - x,
        1 - np.abs(2 * x - 1),
        np.abs(2 * x - 1),
        np.repeat(dice.random(-(-bars // 4)), 4)[:bars],
        _walk(bars, dice),
    )
    return tuple(curves[number % len(curves)].tolist())


def _walk(bars: int, dice: np.random.Generator) -> np.ndarray:
    walk = np.cumsum(dice.standard_normal(bars))
    return np.asarray((walk - walk.min()) / max(np.ptp(walk), 1e-9))


def task(blueprint: Blueprint, number: int, settings: Settings) -> Task:
    """Return a piece over the blueprint's chords, again and again, under a wished curve."""
    seed = settings.seeds[number % len(settings.seeds)]
    bars = settings.tension_bars
    loop = blueprint.chords[:-1]
    chords = (loop * (-(-bars * 4 // len(loop))))[: bars * 4]
    return Task((*chords, loop[0]), blueprint.key, wishes(bars, number, seed), (0.5,) * bars, seed)


def curve(played: Sequence[Composed], voices: Sequence[str], key: Key, parts: Mapping[str, Part]) -> list[float]:
    """Return the realised tension of some voices by bar."""
    sounded = [Sounded({v: bar.bars[v] for v in voices}, bar.plan.chords) for bar in played]
    return [float(value) for value in realised(sounded, key, parts)]


class Obedience(msgspec.Struct, frozen=True):
    """Per piece: the rank correlation of wished and realised tension, and the same for shuffled wishes."""

    own: tuple[float, ...]
    chance: tuple[float, ...]


def obedience(pieces: Sequence[tuple[Task, Sequence[Composed]]], part: str, settings: Settings) -> Obedience:
    """Measure pieces that were played; part: lead or band."""
    dice = np.random.default_rng(settings.seeds[0])
    own, chance = [], []
    for asked, played in pieces:
        heard = curve(played, PARTS[part], asked.key, settings.tension[part])
        own.append(spearman(asked.tension, heard))
        chance.append(shuffled(asked.tension, heard, dice, settings.shuffles))
    return Obedience(tuple(own), tuple(chance))


def judge(players: Mapping[str, Sequence[tuple[Task, Sequence[Composed]]]], settings: Settings) -> list[Figure]:
    """Return the figures of lead and band."""
    figures = []
    for part in PARTS:
        found = {who: obedience(pieces, part, settings) for who, pieces in players.items()}
        means = {who: float(np.mean(each.own)) for who, each in found.items()}
        chances = {who: float(abs(np.mean(each.chance))) for who, each in found.items()}
        figures += [
            Figure(f"{part}.tension_spearman", means.get(LEARNED), means.get(UNDERSTUDY)),
            Figure(f"{part}.tension_shuffled", chances.get(LEARNED), chances.get(UNDERSTUDY)),
        ]
    return figures
