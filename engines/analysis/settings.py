"""The numbers of the analysis: `configs/analysis.yaml`, read strictly; what each means stands beside it in the file."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
import yaml

FILE: Final = Path(__file__).parents[2] / "configs" / "analysis.yaml"


class Smoothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What counts of an idiom are blended with."""

    unseen: float
    follow: float
    ends: float
    relation: float
    surest: float


class Profiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each pitch class above the tonic belongs to a key; a note counts for `longest_beats` at most."""

    major: tuple[float, ...]
    minor: tuple[float, ...]
    longest_beats: float


class Decoding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights of the evidence in the search for chords and keys."""

    sound: float
    bass: float
    follow: float
    melody: float
    least_ticks: int
    margin: float
    home: float
    last: float
    profiles: Profiles


class Rhythm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the rhythmic measures."""

    near_ticks: int
    swing_low: float
    swing_high: float
    swing_fewest: int
    swing_least: float
    cross_fewest: int
    tuplet_share: float


class Melody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of contour, motifs and phrases."""

    flat_semitones: float
    motif_notes: int
    motif_shown: int
    rest_beats: float
    long_ratio: float
    phrase_beats: float
    scale_foreign: float
    scale_absent: float


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the sections that are found."""

    kernel_bars: int
    fewest_bars: int
    grid_bars: int
    peak: float
    same: float
    alike: float
    most_bars: int


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of the file."""

    smoothing: Smoothing
    decoding: Decoding
    rhythm: Rhythm
    melody: Melody
    form: Form
    lead_names: str


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the numbers in use."""
    return msgspec.convert(yaml.safe_load(FILE.read_text(encoding="utf-8")), Settings)
