"""How blind pairs sound: `configs/listening.yaml`, read strictly."""

from pathlib import Path
from typing import Final

import msgspec
import yaml

FILE: Final = Path(__file__).parents[2] / "configs" / "listening.yaml"


class Sound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every number means stands beside it in the file."""

    programs: dict[str, int]
    levels: dict[str, int]
    tail_beats: int
    rate: int
    loudness_db: float
    headroom_db: float
    quiet_gain: float
    most_gain: float
    timeout_s: float
    soundfonts: tuple[str, ...]


def load(path: Path = FILE) -> Sound:
    """Read the numbers; an unknown or missing key is an error that names it."""
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Sound)
