"""`python -m training.judge.theory --data FOLDER`: count the idioms of `configs/idioms` on the train side anew."""

from itertools import islice
from pathlib import Path

import click
import msgspec
import yaml

from engines.analysis.idiom import FOLDER, Idiom
from training.judge.theory import songs
from training.judge.theory.fit import count

MOST_SONGS = 400  # of POP909: more change no digit that is kept
SOURCES = {
    "common-practice": (songs.lieder, "When in Rome's analyses of OpenScore Lieder (CC BY-SA 4.0)"),
    "pop": (songs.pop909, "POP909-CL's chords and keys (MIT)"),
}


def text(idiom: Idiom) -> str:
    """Return an idiom as its file."""
    told = msgspec.to_builtins(idiom)
    return yaml.safe_dump(told, sort_keys=False, width=120, allow_unicode=True, default_flow_style=None)


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default=True)
def main(data: Path, out: Path) -> None:
    """Count the idioms."""
    out.mkdir(parents=True, exist_ok=True)
    for name, (read, source) in SOURCES.items():
        found = list(islice(read(data, "train"), MOST_SONGS))
        about = f"counted in {len(found)} songs by `python -m training.judge.theory`: {source}; see engines.analysis"
        (out / f"{name}.yaml").write_text(text(count(found, about)), encoding="utf-8")
        click.echo(f"{name}: {len(found)} songs")


if __name__ == "__main__":
    main()
