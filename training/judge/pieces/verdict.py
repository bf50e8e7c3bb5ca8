"""The verdict on many pieces: every figure of every backend with its interval, by section, and against the rules."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from engines.ensemble import RULES
from engines.studio.config import Mark
from training.judge.pieces.run import Row
from training.judge.result import Comparison
from training.judge.statistics import compare, holm, interval

ALL: Final = "all"


class Cell(msgspec.Struct, frozen=True):
    """A figure of one backend in one section (or `all`): mean, its bootstrap 95 % interval, p10, p90, pieces.

    reached: share of the pieces that reach the mark.
    """

    backend: str
    section: str
    figure: str
    mean: float
    low: float
    high: float
    p10: float
    p90: float
    count: int
    reached: float


class Verdict(msgspec.Struct, frozen=True):
    """cells: of every backend, section and figure; comparisons: `learned` is the backend named as voice, by figure.

    Figures that should lie between two marks have no better side and are not compared, nor those that never differ.
    troubles: what crashed; fallbacks: per backend, chair-bars that not the first choice played; ms a bar: median, p99.
    """

    pieces: int
    backends: tuple[str, ...]
    sections: tuple[str, ...]
    cells: list[Cell]
    comparisons: list[Comparison]
    troubles: list[str]
    fallbacks: dict[str, int]
    ms: dict[str, tuple[float, float]]

    def cell(self, backend: str, section: str, figure: str) -> Cell | None:
        """Return one cell, None where nothing was measured."""
        return next((c for c in self.cells if (c.backend, c.section, c.figure) == (backend, section, figure)), None)


def judge(rows: Sequence[Row], marks: dict[str, Mark], *, resamples: int, significance: float) -> Verdict:
    """Return the verdict on the rows of all backends."""
    backends = tuple(dict.fromkeys(row.backend for row in rows))
    sections = tuple(dict.fromkeys(row.section for row in rows))
    good = [row for row in rows if not row.trouble]
    cells = [
        cell
        for backend in backends
        for section in (ALL, *sections)
        for figure, mark in marks.items()
        if (cell := _cell(good, backend, section, figure, mark, resamples)) is not None
    ]
    tests = [
        test
        for backend in backends
        if backend != RULES
        for figure, mark in marks.items()
        if (test := _against_rules(good, backend, figure, mark, resamples)) is not None
    ]
    spent = {backend: np.array([row.ms for row in good if row.backend == backend]) for backend in backends}
    return Verdict(
        pieces=len({row.number for row in rows}),
        backends=backends,
        sections=sections,
        cells=cells,
        comparisons=holm(tests, significance),
        troubles=[f"{row.backend}, piece {row.number} ({row.section}): {row.trouble}" for row in rows if row.trouble],
        fallbacks={b: sum(row.fallbacks for row in good if row.backend == b) for b in backends},
        ms={b: (float(np.median(ms)), float(np.percentile(ms, 99))) for b, ms in spent.items() if len(ms)},
    )


def _cell(  # noqa: PLR0917
    rows: Iterable[Row], backend: str, section: str, figure: str, mark: Mark, resamples: int
) -> Cell | None:
    values = [
        row.figures[figure]
        for row in rows
        if row.backend == backend and section in (ALL, row.section) and figure in row.figures
    ]
    if not values:
        return None
    low, high = interval(values, resamples)
    p10, p90 = np.percentile(values, (10, 90))
    reached = sum(mark.reached(value) for value in values) / len(values)
    return Cell(
        backend, section, figure, float(np.mean(values)), low, high, float(p10), float(p90), len(values), reached
    )


def _against_rules(rows: Sequence[Row], backend: str, figure: str, mark: Mark, resamples: int) -> Comparison | None:
    if mark.least is not None and mark.most is not None:
        return None
    sides = [
        {str(row.number): row.figures[figure] for row in rows if row.backend == who and figure in row.figures}
        for who in (backend, RULES)
    ]
    if all(sides[1].get(number, value) == value for number, value in sides[0].items()):
        return None
    better = "higher" if mark.least is not None else "lower"
    return compare(backend, figure, *sides, better=better, resamples=resamples)


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return the JSON form: `pieces.<backend>.<figure>` by name, then everything."""
    named = {f"pieces.{c.backend}.{c.figure}": c.mean for c in verdict.cells if c.section == ALL}
    return {**named, **msgspec.to_builtins(verdict)}
