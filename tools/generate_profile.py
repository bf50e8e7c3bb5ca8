"""What took how long in a generation, beside what it may take."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from tools.report import show

BUDGET_BARS: Final = 16
BUDGET_MS: Final = {
    "structure and tension": 70.0,  # structure 50, tension 20
    "lead": 1500.0,
    "bass": 800.0,
    "arp": 800.0,
    "pad": 250.0,  # pad 200, voice leading 50
    "conductor, humanising": 130.0,  # humanising 30, validation 100
    "MIDI export": 50.0,
}
"""The project's budget for 16 bars, of 3600 ms in all; a stage without one has none of its own."""
COLUMNS: Final = ("stage", "ms", "share", "budget ms", "of budget")


class Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.stages: dict[str, float] = {}

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Time a stage."""
        began = time.perf_counter()
        yield
        self.stages[stage] = (time.perf_counter() - began) * 1000.0


def table(stages: Mapping[str, float], bars: int, beyond: Sequence[str] = ()) -> None:
    """Print the stages of a piece of so many bars; `beyond`: those that no budget speaks of, outside the total."""
    show(f"{bars} bars; budget: that of {BUDGET_BARS} bars, in proportion", COLUMNS, rows(stages, bars, beyond))


def rows(stages: Mapping[str, float], bars: int, beyond: Sequence[str] = ()) -> list[list[str]]:
    """Return the rows of the table: a stage, its milliseconds, its share of the total, its budget, how much of it."""
    within = {stage: ms for stage, ms in stages.items() if stage not in beyond}
    total, scale = sum(within.values()), bars / BUDGET_BARS
    found = [_row(stage, ms, total, BUDGET_MS.get(stage, 0.0) * scale) for stage, ms in within.items()]
    found.append(_row("total", total, total, sum(BUDGET_MS.values()) * scale))
    return [*found, *([stage, f"{stages[stage]:.1f}", "", "", ""] for stage in beyond if stage in stages)]


def _row(stage: str, ms: float, total: float, budget: float) -> list[str]:
    share = f"{ms / total:.0%}" if total else ""
    return [stage, f"{ms:.1f}", share, *((f"{budget:.0f}", f"{ms / budget:.0%}") if budget else ("", ""))]
