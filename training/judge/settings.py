"""The report card's own numbers, read strictly: `configs/measure.yaml`, and `configs/tension.yaml` (tension heard)."""

from pathlib import Path
from typing import Final

import msgspec
import yaml

from engines.measure.tension import Part

FILE: Final = Path(__file__).parents[2] / "configs" / "measure.yaml"
TENSION: Final = FILE.with_name("tension.yaml")


class Copying(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """shingles: sizes in notes moved; human: percentile of human songs that is the threshold."""

    shingles: tuple[int, int, int]
    human: float


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every number means stands beside it in the file."""

    excerpt_bars: int
    excerpts: int
    quick_excerpts: int
    tension_pieces: int
    quick_tension_pieces: int
    tension_bars: int
    shuffles: int
    resamples: int
    significance: float
    seeds: tuple[int, ...]
    genre: str
    section: str
    bpm: float
    variation: float
    shown: int
    copying: Copying
    tension: dict[str, dict[str, Part]]


def load(path: Path = FILE) -> Settings:
    """Read the numbers; an unknown or missing key is an error that names it."""
    both = {place: yaml.safe_load(place.read_text(encoding="utf-8")) for place in (path, TENSION)}
    return msgspec.convert(both[path] | {"tension": both[TENSION]}, Settings)


def quick(settings: Settings) -> Settings:
    """Return the numbers of a quick judgement: fewer pieces, the same measures."""
    return msgspec.structs.replace(
        settings, excerpts=settings.quick_excerpts, tension_pieces=settings.quick_tension_pieces
    )
