"""Results as tables for people and as JSON for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

PIPE_COLUMNS = 160
"""Width of tables that no terminal shows."""


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print one table."""
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=not place)  # a name stays whole
    for row in rows:
        table.add_row(*(escape(text(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS).print(table)


def show_result(title: str, result: Mapping[str, Any]) -> None:
    """Print a nested result: plain values as one table, each list of records and each mapping as its own."""
    plain = {key: value for key, value in result.items() if not _records(value) and not isinstance(value, Mapping)}
    if plain:
        show(title, ("figure", "value"), plain.items())
    for key, value in result.items():
        if _records(value):
            columns = list(dict.fromkeys(name for record in value for name in record))
            show(f"{title}: {key}", columns, [[record.get(name, "") for name in columns] for record in value])
        elif isinstance(value, Mapping):
            show_result(f"{title}: {key}", value)


def write_json(path: Path | None, result: Any) -> None:
    """Write a result for programs, if a file was asked for."""
    if path is not None:
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def text(cell: Any) -> str:
    """Return a value as a table shows it: numbers to four digits, lists joined."""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, list | tuple):
        return " ".join(map(text, cell))
    return str(cell)


def _records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
