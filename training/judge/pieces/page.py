"""The page of many pieces: tables, statistics, piano rolls and tension curves of some, backend beside backend."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from markupsafe import Markup

from training.export import revision
from training.judge.page_bands import interval_plot
from training.judge.page_curves import curves, obeyed
from training.judge.page_rolls import roll, space
from training.judge.page_scenes import cast
from training.judge.page_templates import environment
from training.judge.pieces.verdict import ALL, Verdict
from training.judge.result import Excerpt


class Shown(msgspec.Struct, frozen=True):
    """One piece by one backend, drawn."""

    backend: str
    cast: str
    roll: Markup
    curve: Markup
    obeyed: float | None


class Scene(msgspec.Struct, frozen=True):
    """One task as every backend wrote it."""

    title: str
    about: str
    shown: list[Shown]


def scenes(excerpts: Sequence[Excerpt]) -> list[Scene]:
    """Group what there is to see by task; all rolls of a task have the same pitches."""
    grouped: dict[str, list[Excerpt]] = {}
    for each in excerpts:
        grouped.setdefault(each.blueprint, []).append(each)
    return [
        Scene(
            title,
            f"{found[0].key}, {found[0].bpm:g} bpm, seed {found[0].seed}",
            [
                Shown(
                    each.player,
                    cast(each),
                    roll(each, space(found), each.player),
                    curves(each.tension, {"learned": each.realised}, title),
                    obeyed(each),
                )
                for each in found
            ],
        )
        for title, found in grouped.items()
    ]


def page(verdict: Verdict, excerpts: Sequence[Excerpt]) -> str:
    """Return the page as HTML that needs nothing but itself."""
    figures = list(dict.fromkeys(cell.figure for cell in verdict.cells))
    return (
        environment()
        .get_template("pieces.html")
        .render(
            verdict=verdict,
            figures=figures,
            everything=ALL,
            scenes=scenes(excerpts),
            interval_plot=interval_plot,
            date=datetime.now().astimezone().isoformat(timespec="seconds"),
            revision=revision(),
        )
    )


def write_page(verdict: Verdict, excerpts: Sequence[Excerpt], folder: Path) -> Path:
    """Write index.html to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "index.html"
    file.write_text(page(verdict, excerpts), encoding="utf-8")
    return file
