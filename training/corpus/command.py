"""`python -m training prepare`: the command line of the corpus pipeline."""

import os
from pathlib import Path

import click

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--data", type=FOLDER, default=None, help="folder of the known corpora (pop909, groove, ...)")
@click.option("--midi", type=FOLDER, multiple=True, help="a folder of your own MIDI files; as many as you like")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="the corpus to make")
@click.option("--workers", default=os.cpu_count() or 1, show_default=True, help="processes; 0 = this one")
@click.option("--cluster", default="", help="address of a Dask scheduler, instead of processes (extra `cluster`)")
@click.option("--only", multiple=True, help="a known corpus by name; default: all that are there")
@click.option("--remi", is_flag=True, help="tokenise as REMI (miditok), too, and check the round trip of every file")
@click.option("--resume", is_flag=True, help="keep the shards that are there, make only the rest")
@click.option(
    "--bench", is_flag=True, help="measure files/s against miditok's own pipeline on the --midi files, and stop"
)
def prepare(out: Path, bench: bool, **wishes: object) -> None:
    """Make a corpus from folders of music: roles, chords, keys, filters, split, token shards."""
    from rich.console import Console

    from training.corpus.manifest import table
    from training.corpus.prepare import Wishes
    from training.corpus.prepare import prepare as run

    chosen = Wishes(out, **wishes)  # type: ignore[arg-type]
    if not chosen.data and not chosen.midi:
        raise click.UsageError("nothing to read: give --data or --midi")
    if bench:
        from training.corpus.bench import measured

        for line in measured(chosen):
            click.echo(line)
        return
    try:
        made = run(chosen)
    except FileExistsError as error:
        raise click.ClickException(str(error)) from error
    Console().print(table(made))
    click.echo(f"{out}: left-out files and why: rejected.jsonl; pieces: pieces.jsonl; all in numbers: manifest.json")


def music(data: Path | None, midi: tuple[Path, ...], runs: Path) -> Path:
    """Return the folder to learn from: `data` itself, or a corpus below `runs` made of a user's MIDI folders."""
    if not midi:
        if data is None:
            raise click.UsageError("nothing to learn from: give --data, --corpus or --midi")
        return data
    from training.corpus.prepare import Wishes
    from training.corpus.prepare import prepare as run

    names = "-".join(folder.resolve().name for folder in midi)
    corpus = runs / "corpus" / names
    run(Wishes(corpus, data, midi, workers=os.cpu_count() or 1, resume=True))
    return corpus
