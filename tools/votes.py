"""`melody-engine eval votes`: what the listeners of the blind sheets preferred."""

from pathlib import Path
from typing import Any

import click

from tools.failure import FILE, JSON, Refused
from tools.report import show, write_json

COLUMNS = ("heard", "against", "learned", "other", "same", "share (95 %)", "p")


@click.command()
@click.argument("files", metavar="VOTES...", type=FILE, nargs=-1, required=True)
@click.argument("key", type=FILE)
@JSON
def votes(*, files: tuple[Path, ...], key: Path, json: Path | None) -> None:
    """Count the votes of any number of listeners; KEY lies beside the listening folder: listen-key.json."""
    try:
        import scipy
    except ModuleNotFoundError as error:
        message = f"{error.name} is missing: the statistics need the extra: pip install 'melody-engine[train]'"
        raise Refused(message) from error
    del scipy
    from training.judge import sheet_votes
    from training.judge.sheet import Key

    try:
        answers = sheet_votes.read(key, Key)
        counts = sheet_votes.count([sheet_votes.read(file, sheet_votes.Votes) for file in files], answers)
    except sheet_votes.VotesError as error:
        raise Refused(str(error), 2) from error
    show(
        f"{len(files)} listeners, {len(answers.pairs)} pairs: which side is better (exact binomial test)",
        COLUMNS,
        [_row(each) for each in counts],
    )
    import msgspec

    write_json(json, {"counts": msgspec.to_builtins(counts), "sheet": answers.sheet, "listeners": len(files)})


def _row(count: Any) -> list[Any]:
    share = "" if count.share is None else f"{count.share:.2f} ({count.low:.2f} .. {count.high:.2f})"
    p = "" if count.p is None else f"{count.p:.2g}"
    return [count.kind, count.against, count.wins, count.losses, count.same, share, p]
