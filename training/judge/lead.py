"""The lead's figures: what it writes over the chords of held-out songs, against what was sung there."""

from collections.abc import Mapping, Sequence

import numpy as np

from engines.measure import structure
from engines.measure.harmony import chord_swap, note_in_chord
from engines.measure.line import Line, line_of, placed
from engines.measure.melody import features
from engines.measure.spread import jensen_shannon
from engines.note import Bar
from training.judge.blueprints import Blueprint
from training.judge.result import LEARNED, REAL, UNDERSTUDY, Band, Comparison, Figure
from training.judge.settings import Settings
from training.judge.statistics import bands, nearer

Lines = dict[str, Line]
"""By blueprint."""

SWAPS = 8  # other songs' chords under each melody
LONGEST_IOI = 32


def lines(played: Mapping[str, Sequence[Bar]]) -> Lines:
    """Return bars of a lead on the grid."""
    return {name: line_of(placed(bars), len(bars)) for name, bars in played.items()}


def judge(
    real: Sequence[Blueprint], chosen: Sequence[Blueprint], players: Mapping[str, Lines], settings: Settings
) -> tuple[list[Figure], list[Band], list[Comparison]]:
    """Return figures, bands and uncorrected comparisons. real: all held-out excerpts; chosen: those played over."""
    rows = {each.name: each.rows for each in chosen}
    truth = {each.name: features(each.line, each.rows) for each in real}
    heard = {who: {n: features(line, rows[n]) for n, line in found.items()} for who, found in players.items()}
    found = bands("lead", truth, heard)
    figures = [*_spread(found), *_swaps(chosen, players), *_forms(real, chosen, players)]
    return figures, found, nearer("lead", truth, heard, settings.resamples)


def _spread(found: Sequence[Band]) -> list[Figure]:
    """Return how the features lie to the bands of real music."""

    def mean(field: str, who: str) -> float | None:
        values = [getattr(band, field)[who] for band in found if who in getattr(band, field)]
        return float(np.mean(values)) if values else None

    figures = []
    for name, field, low, high in (
        ("medians", "medians", 0, 4),
        ("means", "means", 0, 4),
        ("quartiles", "medians", 1, 3),
    ):
        shares = {who: _within(found, field, who, (low, high)) for who in (LEARNED, UNDERSTUDY, REAL)}
        figures.append(Figure(f"lead.bands.{name}", shares[LEARNED], shares[UNDERSTUDY]))
        figures.append(Figure(f"lead.bands.{name}.real", shares[REAL]))
    for name, field in (("bands.excerpts", "inside"), ("oa.mean", "overlap"), ("oa.values", "common")):
        figures.append(Figure(f"lead.{name}", mean(field, LEARNED), mean(field, UNDERSTUDY)))
        figures.append(Figure(f"lead.{name}.real", mean(field, REAL)))
    each = (Figure(f"lead.oa.{b.feature}", b.overlap.get(LEARNED), b.overlap.get(UNDERSTUDY)) for b in found)
    return [*figures, *each]


def _within(found: Sequence[Band], field: str, who: str, edges: tuple[int, int]) -> float | None:
    """Return the share of features whose middle lies between two percentiles of real music."""
    low, high = edges
    sides = [b.real[low] <= getattr(b, field)[who] <= b.real[high] for b in found if who in getattr(b, field)]
    return float(np.mean(sides)) if sides else None


def _swaps(chosen: Sequence[Blueprint], players: Mapping[str, Lines]) -> list[Figure]:
    """Return how much less a melody fits the chords of other songs: as they are, and brought into its key."""
    real = {each.name: each.line for each in chosen}
    figures = []
    for name, moved in (("lead.chord_swap", False), ("lead.chord_swap.same_key", True)):
        drops = {who: swap_drop(chosen, found, moved=moved) for who, found in {**players, REAL: real}.items()}
        figures += [Figure(name, drops.get(LEARNED), drops.get(UNDERSTUDY)), Figure(f"{name}.real", drops[REAL])]
    return figures


def swap_drop(chosen: Sequence[Blueprint], found: Lines, *, moved: bool) -> float | None:
    """Return the mean drop of chord tones by frame over the chords of other songs of the list."""
    drops = []
    for number, each in enumerate(chosen):
        line = found.get(each.name)
        if line is None or note_in_chord(line, each.rows) is None:
            continue
        others = [other for other in (*chosen[number + 1 :], *chosen[:number]) if other.song != each.song]
        for other in others[:SWAPS]:
            shift = each.key.relative_major - other.key.relative_major if moved else 0
            drop = chord_swap(line, each.rows, np.roll(other.rows, shift, axis=1))
            drops += [] if drop is None else [drop]
    return float(np.mean(drops)) if drops else None


def _forms(real: Sequence[Blueprint], chosen: Sequence[Blueprint], players: Mapping[str, Lines]) -> list[Figure]:
    """Return form, variety, pitch classes and rhythm against the real excerpts."""
    truth = {each.name: each.line for each in chosen}
    tonics = {each.name: each.key.relative_major for each in chosen}
    everything = {each.name: each.line for each in real}
    lags = max(each.bars for each in chosen) - 1
    curve = _curve(everything, lags)
    span = _vendi(truth)
    values: dict[str, dict[str, float]] = {}
    for who, found in players.items():
        values[who] = {
            "lead.self_similarity_error": structure.similarity_error(curve, _curve(found, lags)),
            "lead.vendi": _vendi(found) / max(span, 1e-9),
            "lead.jsd.pitch_class": jensen_shannon(_classes(truth, tonics), _classes(found, tonics)),
            "lead.jsd.ioi": jensen_shannon(_waits(truth), _waits(found)),
        }
    own, rules = values.get(LEARNED, {}), values.get(UNDERSTUDY, {})
    return [Figure(name, own.get(name), rules.get(name)) for name in {**own, **rules}]


def _curve(found: Lines, lags: int) -> np.ndarray:
    rows = np.stack([structure.lag_similarity(line, lags) for line in found.values()])
    counts = np.isfinite(rows).sum(0)
    return np.where(counts, np.nansum(rows, axis=0) / np.maximum(counts, 1), np.nan)


def _vendi(found: Lines) -> float:
    return structure.vendi([structure.melodic_ngrams(line) for line in found.values()])


def _classes(found: Lines, tonics: Mapping[str, int]) -> np.ndarray:
    return sum(
        (np.bincount((line.notes - tonics[name]) % 12, minlength=12) for name, line in found.items()), np.zeros(12)
    )


def _waits(found: Lines) -> np.ndarray:
    waits = [np.minimum(np.diff(line.starts), LONGEST_IOI) for line in found.values()]
    return np.bincount(np.concatenate(waits), minlength=LONGEST_IOI + 1)
