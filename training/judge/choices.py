"""What chords the learned harmony and the rules choose after real bars, against what really followed."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from engines.expert import HarmonyExpert, HarmonyRequest
from engines.measure.harmony import chord_distance
from engines.measure.line import chord_rows
from engines.measure.structure import progression_irregularity
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import chords_per_beat
from engines.units import BEATS_PER_BAR
from training.judge.blueprints import Blueprint
from training.judge.playing import loop
from training.judge.result import LEARNED, UNDERSTUDY, Band, Comparison
from training.judge.settings import Settings
from training.judge.statistics import bands, nearer

LOOP_BARS = 4
TRIAD = 3


def features(chords: Sequence[Chord], key: Key) -> dict[str, float]:
    """Return how often chords change, how they come back, how far they move, how foreign and how coloured they are."""
    plain = [(chord.root, chord.triad) for chord in chords]
    bars = [tuple(plain[n : n + BEATS_PER_BAR]) for n in range(0, len(plain), BEATS_PER_BAR)]
    again = [a == b for a, b in zip(bars, bars[LOOP_BARS:], strict=False)]
    return {
        "changes_per_bar": sum(a != b for a, b in pairwise(plain)) / len(bars),
        "irregularity": progression_irregularity(plain),
        "bars_as_four_before": float(np.mean(again)) if again else 0.0,
        "chord_distance": chord_distance(chord_rows(list(chords))),
        "in_key": float(np.mean([all(key.contains(tone) for tone in chord.pitch_classes) for chord in chords])),
        "coloured": float(np.mean([len(chord.pitch_classes) > TRIAD for chord in chords])),
    }


def request(before: Blueprint, after: Blueprint, number: int, numbers: Settings) -> HarmonyRequest:
    """Return what a harmony expert is asked after some bars of a song."""
    return HarmonyRequest(
        genre=numbers.genre,
        section=numbers.section,
        section_bar=before.bars,
        tension=float(np.mean(after.tension)),
        variation=numbers.variation,
        key=after.key,
        bars=after.bars,
        past=loop(before.chords)[:-1],
        seed=numbers.seeds[number % len(numbers.seeds)],
    )


def judge(
    found: Sequence[Blueprint], players: Mapping[str, HarmonyExpert], numbers: Settings
) -> tuple[list[Band], list[Comparison]]:
    """Return bands of real successions of excerpts, and the players' choices in the same places."""
    by_place = {(each.song, each.bar): each for each in found}
    pairs = [(before, each) for each in found if (before := by_place.get((each.song, each.bar - each.bars)))]
    pairs = [(before, after) for before, after in pairs if before.key == after.key]
    if not pairs or set(players) != {LEARNED, UNDERSTUDY}:
        return [], []
    real = {after.name: features(after.chords[:-1], after.key) for _, after in pairs}
    heard: dict[str, dict[str, dict[str, float]]] = {who: {} for who in players}
    for number, (before, after) in enumerate(pairs[: numbers.excerpts]):
        asked = request(before, after, number, numbers)
        for who, expert in players.items():
            chosen = [chord for bar in expert.choose(asked) for chord in chords_per_beat(bar)]
            heard[who][after.name] = features(chosen, after.key)
    return bands("harmony", real, heard), nearer("harmony", real, heard, numbers.resamples)
