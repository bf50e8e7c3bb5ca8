"""`melody-engine eval`: the report card of the experts against real music, as tables, JSON and a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from tools.eval_analysis import analysis
from tools.failure import JSON, Refused
from tools.report import show, write_json
from tools.votes import votes

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEEDED = ("scipy", "onnx", "symusic", "jinja2")
"""What the extra `train` brings and the report card uses."""
FIGURES = ("figure", "value", "floor", "goal", "baseline", "", "note")
BANDS = ("feature", "p10", "p50", "p90", "real", "learned", "understudy")
TESTS = ("feature", "n", "learned", "understudy", "difference (95 %)", "p (Holm)", "better")


@click.group("eval")
def evaluate() -> None:
    """Judge what the experts play against real music and against the rules."""


evaluate.add_command(analysis)
evaluate.add_command(votes)


@evaluate.command()
@click.option("--reference", type=FOLDER, help="MIDI files with chords; default: the held-out songs of DATA/pop909.")
@click.option("--data", type=FOLDER, envvar="MELODY_DATA", help="The music that was learned from (MELODY_DATA).")
@click.option("--html", type=click.Path(file_okay=False, path_type=Path), help="Write the page to this folder.")
@click.option("--quick", is_flag=True, help="Fewer pieces, the same measures.")
@click.option("--config", "files", type=click.Path(exists=True, path_type=Path), multiple=True, help="As for serve.")
@JSON
def experts(
    *,
    reference: Path | None,
    data: Path | None,
    html: Path | None,
    quick: bool,
    files: tuple[Path, ...],
    json: Path | None,
) -> None:
    """Judge the line-up in use and the rules: bands, overlap, obedience, likelihood, statistics, copying."""
    result = _judged(reference, data, files, quick=quick)
    print_result(result)
    from training.judge.result import as_json

    write_json(json, as_json(result))
    if html is not None:
        _write_page(result, html)


@evaluate.command()
@click.option("--count", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Pieces per backend.")
@click.option("--backend", "backends", multiple=True, help="Only these [default: every one, and auto].")
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="As for generate.")
@click.option("--work", type=click.Path(dir_okay=False, path_type=Path), help="Keep rows here; go on if interrupted.")
@click.option("--html", type=click.Path(file_okay=False, path_type=Path), help="Write the page to this folder.")
@JSON
def pieces(
    *,
    count: int,
    backends: tuple[str, ...],
    config: Path | None,
    work: Path | None,
    html: Path | None,
    json: Path | None,
) -> None:
    """Write whole pieces over all sections with every backend; judge their scorecards against the rules."""
    _need_train()
    from tools.eval_pieces import evaluate_pieces

    evaluate_pieces(count=count, backends=backends, config=config, work=work, html=html, json=json)


def _need_train() -> None:
    absent = [name for name in NEEDED if find_spec(name) is None]
    if absent:
        message = f"{', '.join(absent)} missing: the report card needs the extra: pip install 'melody-engine[train]'"
        raise Refused(message)


def _judged(reference: Path | None, data: Path | None, files: tuple[Path, ...], *, quick: bool) -> Any:
    _need_train()
    from engines.genre import load_genres
    from engines.library import Library
    from server.config import genres_folder, load, models_folder
    from server.lineup import known_lineup
    from training.judge import card, settings
    from training.judge.reference import FolderError

    config, numbers = load(files), settings.load()
    models = models_folder(config)
    asked = card.Judgement(
        models=models,
        lineup=known_lineup(config.band.lineup, Library(models)),
        genres=load_genres(genres_folder(config)),
        settings=settings.quick(numbers) if quick else numbers,
        reference=reference,
        data=data,
        quick=quick,
    )
    try:
        with _progress(card.work(asked)) as tick:
            return card.judge(asked, tick)
    except FolderError as error:
        raise Refused(str(error), 2) from error


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """Show how far the work is, on stderr, and leave nothing behind."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=total)
        yield lambda what: progress.update(bar, advance=1, description=what)


def _write_page(result: Any, folder: Path) -> None:
    from training.judge.page import write_page

    click.echo("writing the page and its listening sheets ..", err=True)  # sound takes seconds a pair
    write_page(result, folder)
    click.echo(f"page: {folder / 'index.html'}")


def print_result(result: Any) -> None:
    """Print figures with floor, goal and baseline, bands, comparisons, nearest neighbours, what is missing."""
    show("report card", FIGURES, [figure_row(figure) for figure in result.figures])
    if result.bands:
        show("real music, and the players: mean, share in p10-p90, overlapping area", BANDS, _bands(result))
    if result.comparisons:
        show(
            "learned against understudy: misfit to real music (0 = spread alike); accompaniment: the figures",
            TESTS,
            _tests(result),
        )
    if result.copies:
        nearest = sorted(result.copies, key=lambda copy: -copy.run)[:5]
        rows = [(c.piece, c.run, *c.shares, c.song, c.bar, c.song_bar) for c in nearest]
        show("nearest training songs", ("excerpt", "notes", "8", "12", "16", "song", "bar", "its bar"), rows)
    meta = result.meta
    players = ", ".join(f"{voice}: {name}" for voice, name in meta.lineup.items())
    click.echo(
        f"{players}\n{meta.songs} songs, {meta.excerpts} excerpts of {meta.reference}; {meta.revision}; {meta.date}"
    )
    for line in meta.missing:
        click.echo(f"missing: {line}")


def figure_row(figure: Any) -> list[Any]:
    """Return a figure as a row: what it reached is floor, goal, below, or nothing where nothing is asked."""
    from training.judge import names

    name = names.of(figure.name) or names.Name(figure.name, "")
    floor, goal = (names.reaches(figure, mark, name.better) for mark in (name.floor, name.goal))
    reached = "goal" if goal and floor is not False else "floor" if floor else "below" if False in (floor, goal) else ""
    cells = [figure.value, name.floor, name.goal, figure.baseline]
    return [figure.name, *("" if cell is None else cell for cell in cells), reached, figure.note]


def _bands(result: Any) -> Iterator[list[Any]]:
    for band in result.bands:
        players = [
            "  ".join(f"{each[who]:.3g}" for each in (band.means, band.inside, band.overlap) if who in each)
            for who in ("learned", "understudy")
        ]
        marks = (band.real[0], band.real[2], band.real[4], band.means["real"])
        yield [f"{band.voice}.{band.feature}", *(f"{mark:.3g}" for mark in marks), *players]


def _tests(result: Any) -> Iterator[list[Any]]:
    for t in result.comparisons:
        name = f"{t.voice}.{t.feature}" + ("" if t.test == "wilcoxon" else f" ({t.test})")
        span = f"{t.difference:.3g} ({t.low:.3g} .. {t.high:.3g})"
        yield [name, t.count, f"{t.learned:.3g}", f"{t.understudy:.3g}", span, f"{t.p_holm:.2g}", t.better]
