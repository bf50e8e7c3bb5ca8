"""The accompaniment's figures: bass, arp and pad around melodies that people sang."""

from collections.abc import Mapping, Sequence

import numpy as np

from engines.composer import Composed
from engines.measure import accompaniment as measure
from engines.measure.line import Ints, Roll, placed, roll_of
from engines.measure.spread import jensen_shannon
from training.judge.blueprints import Blueprint
from training.judge.playing import voice_of
from training.judge.result import LEARNED, REAL, UNDERSTUDY, Comparison, Figure
from training.judge.settings import Settings
from training.judge.statistics import Features, column, compare

VOICES = ("bass", "arp", "pad")
BETTER = {"cr": "higher", "ur": "lower", "pad_movement": "lower"}


def features(blueprint: Blueprint, voices: Mapping[str, Roll]) -> dict[str, float]:
    """Return CR, UR and pad movement around the blueprint's melody."""
    whole = _all(voices)
    moved = measure.movements(voices["pad"], blueprint.rows) if "pad" in voices else []
    found = {
        "cr": measure.consonant_share(blueprint.line, whole),
        "ur": measure.unsupported_share(blueprint.line, whole),
        "pad_movement": float(np.mean(moved)) if moved else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def rolls(played: Sequence[Composed]) -> dict[str, Roll]:
    """Return the accompanying voices of played bars."""
    return {voice: roll_of(placed(voice_of(played, voice)), len(played)) for voice in VOICES}


def judge(
    chosen: Sequence[Blueprint], players: Mapping[str, Mapping[str, Sequence[Composed]]], settings: Settings
) -> tuple[list[Figure], list[Comparison]]:
    """Return the figures of what was played around each blueprint's melody; REAL is the song's own accompaniment."""
    there = [each for each in chosen if each.others]
    found: dict[str, dict[str, dict[str, float]]] = {
        who: {each.name: features(each, rolls(bars[each.name])) for each in chosen} for who, bars in players.items()
    }
    found[REAL] = {each.name: features(each, {"": each.accompaniment}) for each in there}
    figures = []
    for name in BETTER:
        means = {who: _mean(rows, name) for who, rows in found.items()}
        figures.append(Figure(f"accompaniment.{name}", means.get(LEARNED), means.get(UNDERSTUDY)))
        if means[REAL] is not None:
            figures.append(Figure(f"accompaniment.{name}.real", means[REAL]))
    return [*figures, *_likeness(there, players)], _comparisons(found, settings)


def _likeness(there: Sequence[Blueprint], players: Mapping[str, Mapping[str, Sequence[Composed]]]) -> list[Figure]:
    """Return how pitch classes and onsets are spread against the songs' own accompaniments."""
    if not there:
        why = "the reference holds no accompaniment"
        return [Figure(f"accompaniment.jsd.{kind}", None, note=why) for kind in ("pitch_class", "onset")]
    values: dict[str, dict[str, float]] = {"pitch_class": {}, "onset": {}}
    tonics = [each.key.relative_major for each in there]
    real = [each.accompaniment for each in there]
    for who, bars in players.items():
        made = [_all(rolls(bars[each.name])) for each in there]
        values["pitch_class"][who] = jensen_shannon(_classes(real, tonics), _classes(made, tonics))
        values["onset"][who] = jensen_shannon(_onsets(real), _onsets(made))
    return [
        Figure(f"accompaniment.jsd.{kind}", found.get(LEARNED), found.get(UNDERSTUDY)) for kind, found in values.items()
    ]


def _classes(each: Sequence[Roll], tonics: Sequence[int]) -> Ints:
    pairs = zip(each, tonics, strict=True)
    return np.asarray(np.sum([measure.class_histogram(roll, tonic) for roll, tonic in pairs], axis=0), np.int64)


def _onsets(each: Sequence[Roll]) -> Ints:
    return np.asarray(np.sum([measure.onset_histogram(roll) for roll in each], axis=0), np.int64)


def _all(voices: Mapping[str, Roll]) -> Roll:
    first, *rest = voices.values()
    for roll in rest:
        first = first | roll
    return first


def _mean(rows: Features, name: str) -> float | None:
    values = list(column(rows, name).values())
    return float(np.mean(values)) if values else None


def _comparisons(found: Mapping[str, Features], settings: Settings) -> list[Comparison]:
    if LEARNED not in found or UNDERSTUDY not in found:
        return []
    sides = found[LEARNED], found[UNDERSTUDY]
    tests = [
        compare(
            "accompaniment", name, *(column(side, name) for side in sides), better=better, resamples=settings.resamples
        )
        for name, better in BETTER.items()
    ]
    return [test for test in tests if test is not None]
