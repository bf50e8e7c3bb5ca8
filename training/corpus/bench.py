"""Files a second against miditok's own pipeline (`tokenize_dataset` by file: load, REMI, write), same files, one run.

Both in one process, by processor time, so that other work on the machine does not count; ours with workers by the wall.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from symusic import Score

from training.corpus import sources, workers
from training.corpus.config import corpus_config
from training.corpus.prepare import Wishes, batches
from training.corpus.remi import tokenizer
from training.corpus.slip import Batch
from training.corpus.step import step
from training.corpus.store import SHARDS, write


def measured(wishes: Wishes) -> Iterator[str]:
    """Yield the figures as lines: files/s of miditok, of ours, and the ratio."""
    found = list(sources.items(None, wishes.midi))
    if not found:
        yield "no MIDI files below --midi"
        return
    paths = [Path(item.path) for item in found]
    given = list(batches(found, corpus_config(), remi=False))
    tokenizer()  # built before the clock runs
    step(msgspec.structs.replace(given[0], items=given[0].items[:1]))
    with tempfile.TemporaryDirectory() as place:
        theirs = len(paths) / _miditok(paths, Path(place) / "miditok")
        ours = len(paths) / _ours(given, Path(place) / "ours")
        yield f"{len(paths)} files; one process, processor time"
        yield f"miditok {theirs:8.1f} files/s   load, REMI, write"
        yield f"prepare {ours:8.1f} files/s   load, roles, key, chords, filters, shingles, grid tokens, write"
        yield f"ratio   {ours / theirs:8.2f}"
        if wishes.workers > 1:
            begun = time.perf_counter()
            for made in workers.pool(given, wishes.workers):
                write(Path(place) / "ours", made)
            many = len(paths) / (time.perf_counter() - begun)
            yield f"prepare {many:8.1f} files/s by the wall, {wishes.workers} workers"


def _miditok(paths: list[Path], out: Path) -> float:
    out.mkdir()
    begun = time.process_time()
    for number, path in enumerate(paths):
        score = Score(path)
        tokenizer().save_tokens(tokenizer().encode(score), out / f"{number}.json")
    return time.process_time() - begun


def _ours(given: list[Batch], out: Path) -> float:
    (out / SHARDS).mkdir(parents=True)
    begun = time.process_time()
    for made in workers.inline(given):
        write(out, made)
    return time.process_time() - begun
