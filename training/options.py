"""What the command line tells an expert's recipe (`training.recipes`)."""

from pathlib import Path

import msgspec
import yaml

from training.refused import Refused
from training.run import Settings


class TrainOptions(msgspec.Struct, frozen=True):
    """data: folder of the music. runs: where run folders and caches go. minutes: overrides the profile's if >= 0."""

    data: Path
    runs: Path
    profile: str = "tiny"
    seed: int = 0
    threads: int = 1
    minutes: float = -1.0
    resume: bool = False


class ExportOptions(msgspec.Struct, frozen=True):
    """run: a run's folder, None = the newest of this expert below runs."""

    data: Path
    runs: Path
    models: Path
    version: str
    run: Path | None = None


class EvaluateOptions(msgspec.Struct, frozen=True):
    """version None = the one in use; write: put the figures into the card."""

    data: Path
    runs: Path
    models: Path
    version: str | None = None
    write: bool = False


class ExpertConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`configs/experts/<expert>.yaml`: training profiles and decoding numbers."""

    training: dict[str, Settings]
    decoding: dict[str, float]


def expert_config(expert: str) -> ExpertConfig:
    """Read an expert's configuration strictly."""
    path = Path(__file__).parents[1] / "configs" / "experts" / f"{expert}.yaml"
    return msgspec.convert(yaml.safe_load(path.read_text()), ExpertConfig)


def settings(expert: str, options: TrainOptions) -> Settings:
    """Return the profile's numbers with the command line's time limit."""
    profiles = expert_config(expert).training
    if options.profile not in profiles:
        raise Refused(f"profile {options.profile!r}: choose one of {', '.join(profiles)}")
    chosen = profiles[options.profile]
    return chosen if options.minutes < 0 else msgspec.structs.replace(chosen, minutes=options.minutes)


def newest_run(runs: Path, expert: str) -> Path:
    """Return the run of this expert whose best weights were written last."""
    found = sorted((runs / expert).glob("*/best.pt"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(f"no finished run of {expert} below {runs}: train it first, with this --runs")
    return found[-1].parent
