"""`melody-engine replay`: the same music again, and how much of it came out the same."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from engines.genre import load_genres
from engines.library import Library
from server.config import genres_folder, load, models_folder
from server.replay import replay
from tools.failure import Refused


def run(journal: Path, out: Path, files: Sequence[Path] = ()) -> int:
    """Replay with the genres and experts of the configuration; return 1 when a bar differs."""
    config = load(files)
    library = Library(models_folder(config))
    try:
        outcome = replay(journal, out, load_genres(genres_folder(config)), library, partial(click.echo, err=True))
    except ValueError as error:
        raise Refused(str(error), 2) from error
    click.echo(f"{out}: {outcome.bars} bars, {outcome.same} composed to the very same notes")
    for problem, count in outcome.problems.items():
        click.echo(f"{count} bars as the journal has them: {problem}", err=True)
    return int(outcome.same != outcome.bars)
