"""What the benchmarks share: their numbers, their options, the run that trains their network."""

from pathlib import Path
from typing import Any

import msgspec
import torch
import yaml

from training.export import revision
from training.publish import data_hash
from training.run import Loss, Run, Settings, Windows, start

CONFIG = Path(__file__).parents[2] / "configs" / "benchmarks.yaml"
Figures = dict[str, float]


class BenchmarkOptions(msgspec.Struct, frozen=True):
    """data: folder of the music. runs: where run folders go. minutes: overrides the profile's if >= 0."""

    data: Path
    runs: Path
    profile: str = "tiny"
    minutes: float = -1.0
    threads: int = 1
    resume: bool = False


def profiles() -> dict[str, dict[str, Settings]]:
    """Return the profiles of every benchmark, read strictly."""
    return msgspec.convert(yaml.safe_load(CONFIG.read_text()), dict[str, dict[str, Settings]])


def numbers(benchmark: str, options: BenchmarkOptions) -> Settings:
    """Return a benchmark's profile with the command line's time limit; raises ValueError on an unknown one."""
    found = profiles()[benchmark]
    if options.profile not in found:
        raise ValueError(f"profile {options.profile!r}: choose one of {', '.join(found)}")
    chosen = found[options.profile]
    return chosen if options.minutes < 0 else msgspec.structs.replace(chosen, minutes=options.minutes)


def fit(  # noqa: PLR0917
    benchmark: str, options: BenchmarkOptions, model: Any, loss: Loss, train: Windows, valid: Windows, folder: str
) -> Path:
    """Train a network on one folder's music; return the run's folder."""
    torch.set_num_threads(options.threads)
    chosen = numbers(benchmark, options)
    run = Run(benchmark, options.profile, chosen, data_hash(options.data, {folder: ("", "")}), revision(), 0)
    return start(model, loss, run, options.runs, resume=options.resume).fit(train, valid)
