"""Layers: shipped defaults, overlaid by the user's files, as one frozen value."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engines.strict.misfit import MisfitError
from engines.strict.reading import ConfigError, read

T = TypeVar("T")


def load(struct: type[T], paths: Sequence[Path]) -> T:
    """Read the first of `paths` and lay each of the others over it, the last one wins; raises ConfigError.

    Mappings are merged key by key; lists and plain values are replaced.
    """
    merged: dict[str, Any] = {}
    config: T | None = None
    for path in paths:
        values, lines = read(path, struct)
        merged = overlay(merged, values)
        try:
            config = msgspec.convert(merged, struct, strict=True)
        except msgspec.ValidationError as error:
            problem, _, key = str(error).rstrip("`").partition(" - at `$.")
            below = error.__cause__.keys if isinstance(error.__cause__, MisfitError) else ()
            key = next((exact for exact in (f"{key}.{one}" for one in below) if exact in lines), key)
            raise ConfigError(f"{path}:{lines.get(key, 1)}: {key}: {problem}") from error
    assert config is not None, "no file to read"
    return config


def overlay(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Merge two mappings; `over` wins."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = overlay(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
