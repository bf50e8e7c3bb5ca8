"""Figures as rows of the page: value, real music, baseline, floor, goal, and the verdict in words."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from training.judge import names
from training.judge.result import Figure

GOAL, FLOOR, SHORT, MISSED, NONE, TOLD = (
    "goal reached",
    "floor reached",
    "goal missed",
    "floor missed",
    "not judged",
    "reported",
)
LOOK: Final = {GOAL: "good", FLOOR: "good", SHORT: "fair", MISSED: "bad", NONE: "none", TOLD: "none"}
"""Class of each verdict: its colour, beside its word."""
SIGN: Final = {GOAL: "✔✔", FLOOR: "✔", SHORT: "○", MISSED: "✘", NONE: "-", TOLD: "·"}
INT8: Final = "int8"


class Row(msgspec.Struct, frozen=True):
    """A figure with everything that is known of it. real: the same of real music; against: how the baseline fares."""

    figure: Figure
    name: names.Name
    verdict: str
    real: Figure | None = None

    @property
    def look(self) -> str:
        """Class of the verdict."""
        return LOOK[self.verdict]

    @property
    def sign(self) -> str:
        """Sign before the verdict."""
        return SIGN[self.verdict]

    @property
    def against(self) -> str:
        """Whether the figure is ahead of its baseline, behind it, or neither; empty where nothing can be said."""
        value, baseline = self.figure.value, self.figure.baseline
        if value is None or baseline is None or not self.name.better:
            return ""
        if value == baseline:
            return "equal"
        return "ahead" if (value > baseline) == (self.name.better == "higher") else "behind"


def verdict(figure: Figure, name: names.Name) -> str:
    """Return what a figure reached; a floor that is missed outweighs a goal."""
    floor, goal = (names.reaches(figure, mark, name.better) for mark in (name.floor, name.goal))
    if figure.value is None:
        return NONE
    if floor is False:
        return MISSED
    if goal:
        return GOAL
    if floor:
        return FLOOR
    return SHORT if goal is False else TOLD


def rows(figures: Sequence[Figure]) -> list[Row]:
    """Return one row a figure; what was measured on real music stands in the row of its figure."""
    found = {figure.name: figure for figure in figures}
    twins = {name for name in found if name.endswith(names.REAL) and name.removesuffix(names.REAL) in found}
    return [_row(figure, found) for name, figure in found.items() if name not in twins]


def _row(figure: Figure, found: Mapping[str, Figure]) -> Row:
    name = names.of(figure.name) or names.Name(figure.name, "")
    return Row(figure, name, verdict(figure, name), found.get(figure.name + names.REAL))


def groups(found: Sequence[Row]) -> dict[str, list[Row]]:
    """Return rows by the first word of their names; those that stand for one feature each have a group of their own."""
    grouped: dict[str, list[Row]] = {}
    for row in found:
        first, *_ = row.figure.name.split(".")
        if first != INT8:
            grouped.setdefault(row.name.name.removesuffix(".*") if "*" in row.name.name else first, []).append(row)
    return grouped


def quantised(found: Sequence[Row]) -> dict[str, dict[str, Row]]:
    """Return the INT8 figures by expert, then by column."""
    experts: dict[str, dict[str, Row]] = {}
    for row in found:
        first, *_ = row.figure.name.split(".")
        if first == INT8:
            expert, _, column = row.figure.name.removeprefix(f"{INT8}.").rpartition(".")
            experts.setdefault(expert, {})[column] = row
    return experts


def counts(found: Sequence[Row]) -> dict[str, int]:
    """Return how many figures got each verdict, in the order of LOOK; those that nobody got are left out."""
    told = {each: sum(row.verdict == each for row in found) for each in LOOK}
    return {each: count for each, count in told.items() if count}
