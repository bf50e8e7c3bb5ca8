"""`melody-engine replay` of a generation log: the piece made again, and how much of it came out the same."""

from collections.abc import Sequence
from pathlib import Path

import click

from tools.failure import Refused


def run(log: Path, out: Path, files: Sequence[Path] = ()) -> int:
    """Make the last piece of a log again and write its combined file; return 1 when a bar differs."""
    from engines import MelodyEngine
    from engines.expert import ExpertError
    from engines.studio import place
    from engines.studio.log import read

    if len(files) > 1:
        raise Refused("--config: one file at most lies over production.yaml", 2)
    place.check(out)
    try:
        logged = read(log)
    except ValueError as error:
        raise Refused(str(error), 2) from error
    engine = MelodyEngine(*files)
    genre = logged.generation.order.control.genre
    if genre not in engine.genres:
        there = f"there are: {', '.join(engine.genres)}; a piece made with --config is made again with the same"
        raise Refused(f"{log}: no genre {genre[:40]!r} here; {there}", 2)
    try:
        piece, differing = engine.again(logged)
    except ExpertError as error:
        raise Refused(f"{log}: who played it is not there: {error}") from error
    piece.save_combined(out)
    bars = len(piece.bars)
    click.echo(f"{out}: {bars} bars, {bars - len(differing)} came out the very same")
    if differing:
        click.echo(f"otherwise: bars {', '.join(str(bar) for bar in differing)} (from 0)", err=True)
    return int(bool(differing))
