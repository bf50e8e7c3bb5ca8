"""Train every expert, one after the other, within one time limit: each trained, exported and held to its floors.

Versions go to a shelf of their own below the runs, and no line-up is touched. Interrupted, `resume` goes on with the
expert that was at work.
"""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import yaml

from engines.library import Library
from training.corpus import store
from training.lead.recipe import NAME as LEAD
from training.lead.report import flat
from training.options import EvaluateOptions, ExportOptions, TrainOptions, settings
from training.recipes import recipe
from training.refused import Refused

CONFIG: Final = Path(__file__).parents[1] / "configs" / "training.yaml"
SHIPPED: Final = Path(__file__).parents[1] / "models"
VERSION: Final = "v1"


class Floor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a figure of a report card must reach: a number, or another figure of the card, `times` as much."""

    figure: str
    better: Literal["higher", "lower"]
    against: float | str
    times: float = 1.0


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`configs/training.yaml`. minutes: of all trainings together by profile; floors: by expert, in their order.

    own: where they differ for a prepared corpus, on whose held-out songs no published figure was measured.
    """

    minutes: dict[str, float]
    floors: dict[str, list[Floor]]
    own: dict[str, list[Floor]] = {}

    def held_to(self, data: Path) -> dict[str, list[Floor]]:
        """Return the floors for experts that learn from a folder."""
        own = self.own if store.is_corpus(data) else {}
        return {name: own.get(name, floors) for name, floors in self.floors.items()}


class Mark(msgspec.Struct, frozen=True):
    """A floor, the value beside it and whether it holds."""

    figure: str
    value: float
    limit: float
    passed: bool


class Row(msgspec.Struct, frozen=True):
    """What became of one expert. minutes: of everything; problem: why it could not be made, "" = it was."""

    expert: str
    run: str
    minutes: float
    marks: list[Mark]
    problem: str = ""


def plan() -> Plan:
    """Read the plan strictly."""
    return msgspec.convert(yaml.safe_load(CONFIG.read_text(encoding="utf-8")), Plan)


def shares(options: TrainOptions, experts: Mapping[str, object], limits: Mapping[str, float]) -> dict[str, float]:
    """Return the training minutes of every expert: parts of the whole as their profiles' minutes are, -1 = its own."""
    whole = options.minutes if options.minutes >= 0 else limits.get(options.profile, -1.0)
    own = {name: settings(name, msgspec.structs.replace(options, minutes=-1.0)).minutes for name in experts}
    every = sum(own.values())
    return {name: whole * part / every if whole > 0 and every else -1.0 for name, part in own.items()}


def train(options: TrainOptions) -> list[Row]:
    """Make every expert and return a row each; the rows are kept below the runs as they come."""
    chosen = plan()
    name = f"{options.profile}-{options.data.name}" if store.is_corpus(options.data) else options.profile
    kept, shelf = options.runs / "all" / f"{name}.json", options.runs / "all" / f"{name}-models"
    rows = msgspec.json.decode(kept.read_bytes(), type=list[Row]) if options.resume and kept.exists() else []
    floors = chosen.held_to(options.data)
    minutes = shares(options, floors, chosen.minutes)
    _seat_lead(shelf)
    for expert in floors:
        if expert not in {row.expert for row in rows}:
            limited = msgspec.structs.replace(options, minutes=minutes[expert])
            rows.append(_made(expert, limited, shelf, floors[expert]))
            kept.write_bytes(msgspec.json.encode(rows))
    return rows


def _seat_lead(shelf: Path) -> None:
    """Put the lead that ships on a new shelf: the critic hears its bars."""
    if not shelf.exists():
        used = Library(SHIPPED).current()[LEAD]
        shutil.copytree(SHIPPED / LEAD / used, shelf / LEAD / used)
        Library(shelf).use(LEAD, used)


def _made(name: str, options: TrainOptions, shelf: Path, floors: list[Floor]) -> Row:
    begun, made, run = time.monotonic(), recipe(name), Path()
    try:
        run = made.train(options)
        made.export(ExportOptions(options.data, options.runs, shelf, VERSION, run))
        figures = made.evaluate(EvaluateOptions(options.data, options.runs, shelf, VERSION, write=True))
        marks, problem = judged(figures, floors), ""
    except (OSError, Refused) as error:  # music that is not there, or cannot teach this one: the others go on
        marks, problem = [], f"skipped: {error}"
    except ValueError as error:  # music that is not enough
        marks, problem = [], f"{type(error).__name__}: {error}"
    return Row(name, str(run), (time.monotonic() - begun) / 60, marks, problem)


def judged(figures: Mapping[str, Any], floors: list[Floor]) -> list[Mark]:
    """Hold a report card against its floors; of a figure with an interval the first number counts."""
    known = {name: value[0] if isinstance(value, list) else value for name, value in flat(dict(figures)).items()}
    found = []
    for floor in floors:
        if floor.figure not in known or (floor.against not in known and isinstance(floor.against, str)):
            raise ValueError(f"{floor.figure}: could not be measured on this music")
        limit = known[floor.against] if isinstance(floor.against, str) else floor.against
        value, bound = float(known[floor.figure]), float(limit) * floor.times
        passed = value >= bound if floor.better == "higher" else value <= bound
        found.append(Mark(floor.figure, value, bound, passed))
    return found


def table(rows: list[Row]) -> str:
    """Return the rows as lines of a table."""
    lines = [f"{'expert':<14} {'minutes':>7}  floors"]
    for row in rows:
        marks = [f"{m.figure} {m.value:.3f} / {m.limit:.3f} {'passed' if m.passed else 'MISSED'}" for m in row.marks]
        lines.append(f"{row.expert:<14} {row.minutes:>7.1f}  {row.problem or '; '.join(marks)}")
    return "\n".join(lines)
