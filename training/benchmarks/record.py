"""The figures of the benchmarks as they were last measured: they take a quarter of an hour each, so they are kept."""

import datetime as dt
from pathlib import Path

import msgspec

from training.export import revision

PATH = Path(__file__).with_name("record.json")
# figure -> what it stands beside: another figure of the record, or a published value
BESIDE: dict[str, str | float] = {
    "benchmark.nottingham.nll": "benchmark.nottingham.ngram5",
    "benchmark.nottingham.nll_clean": "benchmark.nottingham.ngram5_clean",
    "benchmark.nottingham.nll_opening": "benchmark.nottingham.ngram5_opening",
    "benchmark.nottingham.nll_accuracy": "benchmark.nottingham.ngram5_accuracy",
    "benchmark.nottingham.nll_chords": "benchmark.nottingham.ngram5",
    "benchmark.jsb.nll_notewise": 0.220,  # TonicNet (Peracha 2019), by its own chord labels
    "benchmark.jsb.nll_notewise_alone": "benchmark.jsb.ngram_notewise_alone",
    "benchmark.jsb.nll_framewise": 3.73,  # Coconet (Huang et al. 2017), a mean over orders
}


class Entry(msgspec.Struct, frozen=True):
    """One benchmark as measured on a day: profile, git revision, figures by name."""

    date: str
    profile: str
    revision: str
    figures: dict[str, float]


def entries() -> dict[str, Entry]:
    """Return what is kept, by benchmark."""
    return msgspec.json.decode(PATH.read_bytes(), type=dict[str, Entry]) if PATH.exists() else {}


def keep(benchmark: str, profile: str, figures: dict[str, float]) -> None:
    """Put a benchmark's figures into the record."""
    found = Entry(dt.datetime.now(dt.UTC).date().isoformat(), profile, revision(), figures)
    PATH.write_bytes(msgspec.json.format(msgspec.json.encode(entries() | {benchmark: found}), indent=1) + b"\n")


def compared() -> dict[str, tuple[float, float | None]]:
    """Return every figure of the record with what it stands beside, if anything."""
    kept = {name: value for entry in entries().values() for name, value in entry.figures.items()}
    beside = {name: kept.get(mark) if isinstance(mark, str) else mark for name, mark in BESIDE.items()}
    return {name: (value, beside.get(name)) for name, value in kept.items()}
