"""`melody-engine models`: the library of experts on the command line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tools.failure import FILE, JSON, Refused
from tools.report import show, write_json

CONFIG = click.option("--config", "files", type=FILE, multiple=True, help="Configuration that names the folder.")
SWAP = "A running server swaps on `/voice/<v>/expert {0} {1}`; the next start uses it by itself."
NO_SWAP = "A running server keeps what it has; it is heard from the next start on."


@click.group()
def models() -> None:
    """List, verify, use and roll back experts."""


def library(files: tuple[Path, ...]) -> Any:
    """Return the library that the configuration names."""
    from engines.library import Library
    from server.config import load, models_folder

    return Library(models_folder(load(files)))


@models.command("list")
@CONFIG
@JSON
def list_(files: tuple[Path, ...], json: Path | None) -> None:
    """Every version of every expert, and `rules`, who needs no model."""
    from engines.understudy import Rules

    about = {"kind": "rules", "voices": list(Rules.voices), "in use": True, "problem": ""}
    rows: list[dict[str, Any]] = [{"expert": Rules.name, "version": Rules.version, **about}]
    for entry in library(files).list():
        about = {"kind": entry.kind, "voices": list(entry.voices), "in use": entry.in_use, "problem": entry.problem}
        rows.append({"expert": entry.name, "version": entry.version, **about})
    show("experts", tuple(rows[0]), ([*row.values()] for row in rows))
    write_json(json, rows)


@models.command()
@click.argument("expert", required=False)
@click.argument("version", required=False)
@CONFIG
@JSON
def verify(expert: str | None, version: str | None, files: tuple[Path, ...], json: Path | None) -> None:
    """Check hashes, graph, golden vectors and a written bar; of all experts, or of one."""
    from engines.library import LibraryError

    shelf = library(files)
    if expert is not None:
        _there(shelf, expert, version)
    wanted = [(expert, version)] if expert else [(entry.name, entry.version) for entry in shelf.list()]
    rows = []
    for name, which in wanted:
        try:
            card = shelf.verify(name, which)
            rows.append({"expert": name, "version": card.version, "result": "good"})
        except LibraryError as error:
            rows.append({"expert": name, "version": which or "in use", "result": str(error)})
    show("verified", ("expert", "version", "result"), ([*row.values()] for row in rows))
    write_json(json, rows)
    sys.exit(any(row["result"] != "good" for row in rows))


@models.command()
@click.argument("expert")
@click.argument("version")
@CONFIG
def use(expert: str, version: str, files: tuple[Path, ...]) -> None:
    """Verify a version and put it in use."""
    shelf = library(files)
    _there(shelf, expert, version)
    _change(lambda: shelf.use(expert, version))


@models.command()
@click.argument("expert")
@CONFIG
def rollback(expert: str, files: tuple[Path, ...]) -> None:
    """Put the version before the current one back in use."""
    shelf = library(files)
    _there(shelf, expert)
    _change(lambda: shelf.rollback(expert))


def _there(shelf: Any, expert: str, version: str | None = None) -> None:
    """Refuse an expert or version that the library does not have, with what it has: wrong usage."""
    from engines.control.command import nearest

    entries = shelf.list()
    experts = tuple(sorted({entry.name for entry in entries}))
    versions = tuple(entry.version for entry in entries if entry.name == expert)
    for what, name, names in (("expert", expert, experts), (f"version of {expert}", version, versions)):
        if name is not None and name not in names:
            raise Refused(f'no {what} "{name}"{nearest(name, names)}; there are: {", ".join(names) or "none"}', 2)


def _change(change: Callable[[], Any]) -> None:
    from engines.library import LibraryError

    try:
        card = change()
    except LibraryError as error:
        raise Refused(str(error)) from error
    told = SWAP.format(card.name, card.version) if card.voices else NO_SWAP  # swaps are of voices
    click.echo(f"{card.name} {card.version} is in use. {told}")
