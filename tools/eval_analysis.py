"""`melody-engine eval analysis`: how right the theory analysis is on held-out songs, beside music21 and a baseline."""

from importlib.util import find_spec
from pathlib import Path

import click

from tools.failure import JSON, Refused
from tools.report import show, write_json

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
COLUMNS = ("figure", "ours", "music21", "baseline", "songs", "what it is")


@click.command()
@click.option("--data", type=FOLDER, envvar="MELODY_DATA", required=True, help="The folder of corpora (MELODY_DATA).")
@click.option("--songs", default=40, show_default=True, type=click.IntRange(1), help="At most so many of each corpus.")
@click.option("--alone", is_flag=True, help="Without music21, which takes most of the time.")
@JSON
def analysis(*, data: Path, songs: int, alone: bool, json: Path | None) -> None:
    """Judge keys, chords and numerals against people's analyses of songs that nothing was tuned on."""
    if not alone and find_spec("music21") is None:
        raise Refused("music21 missing: pip install 'melody-engine[dev]', or judge --alone")
    from training.judge.theory import card

    there = card.there(data)
    if not there:
        raise Refused(f"{data}: none of {', '.join(card.CORPORA)} is there", 2)
    done = 0

    def tick(song: str) -> None:
        nonlocal done
        done += 1
        click.echo(f"{done} of at most {songs * len(there)}: {song}", err=True)

    figures = card.judge(data, songs, "test", tick, rival=not alone)
    rows = [
        [f.name, *("" if v is None else v for v in (f.ours, f.music21, f.baseline)), f.n, card.about(f.name)]
        for f in figures
    ]
    show("theory analysis, held-out songs", COLUMNS, rows)
    write_json(json, card.as_json(figures, "test"))
