"""`python -m training prepare`, `python -m training train|export|evaluate EXPERT --data FOLDER`."""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from training.corpus.command import music, prepare
from training.recipes import RECIPES, recipe
from training.refused import Refused

FOLDER = click.Path(path_type=Path)
EXPERT = click.argument("expert", type=click.Choice(list(RECIPES)), default="lead")
PLACE = click.Path(exists=True, file_okay=False, path_type=Path)
WHERE = "folder of the music; as --corpus: one that `prepare` made"
DATA = click.option("--data", "--corpus", "data", type=PLACE, required=True, help=WHERE)
RUNS = click.option("--runs", type=FOLDER, default=Path("runs"), show_default=True)
MODELS = click.option("--models", type=FOLDER, default=Path("models"), show_default=True)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Tell the user in one line what was refused, or is not there."""
    try:
        yield
    except (OSError, Refused) as error:
        raise click.ClickException(str(error)) from error


@click.group()
def main() -> None:
    """Train, export and judge the learned experts."""


@main.command()
@click.argument("expert", type=click.Choice([*RECIPES, "all"]), default="lead")
@click.option("--data", "--corpus", "data", type=PLACE, default=None, help=WHERE)
@click.option("--midi", type=PLACE, multiple=True, help="a folder of your own MIDI files: prepared below RUNS/corpus")
@RUNS
@click.option("--profile", default="tiny", show_default=True, help="a profile of configs/experts/EXPERT.yaml")
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=1, show_default=True, help="torch threads")
@click.option("--minutes", default=-1.0, help="wall-clock limit, overrides the profile's; 0 = none; of `all` together")
@click.option("--resume", is_flag=True, help="go on where this run was interrupted")
def train(expert: str, data: Path | None, midi: tuple[Path, ...], runs: Path, **wishes: Any) -> None:
    """Train EXPERT and print the run's folder; `all`: every expert in turn, exported and held to its floors."""
    from training.options import TrainOptions

    options = TrainOptions(data=music(data, midi, runs), runs=runs, **wishes)
    if expert == "all":
        from training import whole

        click.echo(whole.table(whole.train(options)))
        return
    with in_one_line():
        click.echo(recipe(expert).train(options))


@main.command()
@EXPERT
@DATA
@RUNS
@MODELS
@click.option("--version", required=True)
@click.option("--run", type=FOLDER, default=None, help="a run's folder; default: the newest")
def export(expert: str, **wishes: Any) -> None:
    """Export a run of EXPERT as a version below the models folder; of a corpus judged on its held-out songs."""
    from training.corpus.store import is_corpus
    from training.options import EvaluateOptions, ExportOptions

    options, made = ExportOptions(**wishes), recipe(expert)
    with in_one_line():
        folder = made.export(options)
        if is_corpus(options.data):
            made.evaluate(EvaluateOptions(options.data, options.runs, options.models, options.version, write=True))
        click.echo(folder)


@main.command()
@EXPERT
@DATA
@RUNS
@MODELS
@click.option("--version", default=None, help="default: the one in use")
@click.option("--write", is_flag=True, help="put the figures into the card")
@click.option("--json", "target", type=FOLDER, default=None)
def evaluate(expert: str, target: Path | None, **wishes: Any) -> None:
    """Print the report card of EXPERT against held-out music and an n-gram baseline."""
    from training.options import EvaluateOptions

    with in_one_line():
        text = json.dumps(recipe(expert).evaluate(EvaluateOptions(**wishes)), indent=1)
    click.echo(text)
    if target:
        target.write_text(text)


@main.command()
@click.argument("name", type=click.Choice(["nottingham", "jsb"]))
@DATA
@RUNS
@click.option("--profile", default="tiny", show_default=True, help="a profile of configs/benchmarks.yaml")
@click.option("--minutes", default=-1.0, help="wall-clock limit, overrides the profile's; 0 = none")
@click.option("--threads", default=1, show_default=True, help="torch threads")
@click.option("--resume", is_flag=True, help="go on where this run was interrupted")
@click.option("--write", is_flag=True, help="keep the figures in training/benchmarks/record.json")
@click.option("--json", "target", type=FOLDER, default=None)
def benchmark(name: str, target: Path | None, write: bool, **wishes: Any) -> None:
    """Train on a published corpus' own train split and print the figures with their baselines; nothing is shipped."""
    from training.benchmarks.profile import BenchmarkOptions

    module = importlib.import_module(f"training.benchmarks.{name}")
    figures = module.run(BenchmarkOptions(**wishes))
    text = json.dumps(figures, indent=1)
    click.echo(text)
    if target:
        target.write_text(text)
    if write:
        from training.benchmarks.record import keep

        keep(name, wishes["profile"], figures)


main.add_command(prepare)

if __name__ == "__main__":
    main()
