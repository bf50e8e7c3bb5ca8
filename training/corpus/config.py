"""The numbers of the corpus pipeline: `configs/corpus.yaml`, decoded strictly."""

from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

PATH = Path(__file__).parents[2] / "configs" / "corpus.yaml"


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Refuses names it does not know."""


class Quality(Strict):
    """Bounds of a piece."""

    shortest_bars: int
    longest_bars: int
    fewest_notes: int
    fewest_hits: int
    fewest_chords: int
    key_fit: float
    most_polyphony: float
    slowest_bpm: float
    fastest_bpm: float
    highest_share_at_one_pitch: float


class LeadBounds(Strict):
    """Bounds of a track that may be the lead."""

    most_polyphony: float
    narrowest_semitones: int
    widest_semitones: int


class Augment(Strict):
    """Bounds of augmentation: pitches of an octave shift, greatest change of velocity."""

    octave_low: int
    octave_high: int
    velocity: int


class KeyProfiles(Strict):
    """How much each pitch class above the tonic belongs to a key."""

    major: tuple[float, ...]
    minor: tuple[float, ...]
    sharpness: float
    longest_beats: float


class ChordTemplates(Strict):
    """Candidates and weights of the chord estimate; costs in shares of a beat's sound."""

    qualities: tuple[str, ...]
    cost: tuple[float, ...]
    foreign: float
    missing: float
    bass: float
    change: float
    off_bar: float
    sharpness: float
    lead_weight: float


class Rule(Strict):
    """Adds `weight` to a role where a measure lies above or below a bound."""

    role: str
    measure: str
    weight: float
    above: float | None = None
    below: float | None = None


class Roles(Strict):
    """What tells a track's role."""

    prior: dict[str, float]
    channel_10: float
    name: float
    program: float
    names: dict[str, str]
    programs: dict[str, list[tuple[int, int]]]
    rules: tuple[Rule, ...]


class Config(Strict):
    """Everything of `configs/corpus.yaml`."""

    shard_items: int
    metres: tuple[str, ...]
    played_velocities: int
    default_bpm: float
    default_velocity: int
    most_shingles: int
    duplicate_share: float
    quality: Quality
    lead: LeadBounds
    augment: Augment
    key: KeyProfiles
    chord: ChordTemplates
    role: Roles


@lru_cache(maxsize=1)
def corpus_config() -> Config:
    """Return the numbers in use."""
    return msgspec.convert(yaml.safe_load(PATH.read_text(encoding="utf-8")), Config)
