"""Arguments of `generate` as they came, in plain values: what the log tells and a replay begins with."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

AUTO: Final = "auto"
DEEPEST: Final = 3  # structure -> section -> bars: what lies deeper is no argument, and is refused as it is
WHOLE: Final = ("bars", "num_candidates", "seed")


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The arguments of `generate` (see there)."""

    key: str | None = None
    bpm: float | None = None
    chord_progression: tuple[str, ...] | str | None = None
    structure: tuple[dict[str, Any], ...] | None = None
    bars: int | None = None
    tension_curve: str | tuple[float, ...] = AUTO
    variation_level: float = 0.3
    humanization_intensity: float | None = None
    swing: float | None = None
    model_backend: str = AUTO
    experts: dict[str, str] = {}
    accompaniment: bool = True
    num_candidates: int | None = None
    genre: str | None = None
    seed: int | None = None
    loop: bool = False


def as_given(arguments: Mapping[str, Any]) -> Arguments:
    """Return arguments in plain values of their own, unchecked: nobody's later change reaches them."""
    values = {name: plain(value) for name, value in arguments.items()}
    values |= {name: int(values[name]) for name in WHOLE if _is_whole(values.get(name))}
    return Arguments(**values)


def plain(value: Any, deep: int = DEEPEST) -> Any:
    """Return arrays, lists and ranges as tuples, numpy's numbers as Python's, mappings as dicts; all else as it is."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if deep and isinstance(value, Mapping):
        return {key: plain(each, deep - 1) for key, each in value.items()}
    if deep and isinstance(value, list | tuple | range):
        return tuple(plain(each, deep - 1) for each in value)
    return value


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()
