"""Strict reading of genre files: an error names the file, the line, the key and the nearest valid key."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from engines.genre.model import Genre
from engines.genre.place import line_of, place_of

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where it is built in: ten times as fast, which is heard at every start."""


class GenreError(ValueError):
    """A genre file that cannot be used; the message names file, line and key."""


def load_genres(folder: Path) -> dict[str, Genre]:
    """Read every `*.yaml` of a folder; the key is the genre's name, which must be the file's."""
    genres = {genre.name: genre for genre in map(load_genre, sorted(folder.glob("*.yaml")))}
    if not genres:
        raise GenreError(f"{folder}: no genre files (*.yaml)")
    return genres


def load_genre(path: Path) -> Genre:
    """Read one genre file, or raise GenreError."""
    text = path.read_text(encoding="utf-8")
    try:
        data = yaml.load(text, LOADER)  # noqa: S506  # a safe loader
    except yaml.YAMLError as error:
        raise GenreError(f"{path}: not YAML: {error}") from error
    kind = inspect.type_info(Genre)
    for where, problem in _unknown_keys(data, kind, ()):
        raise GenreError(f"{path}:{line_of(text, where)}: {problem}")
    try:
        genre = msgspec.convert(data, Genre, strict=True)
    except msgspec.ValidationError as error:
        where = place_of(str(error), data, kind)
        key, what = ".".join(where), str(error).partition(" - at `$")[0]
        named = what if what.startswith(key) else f"{key}: {what}"
        raise GenreError(f"{path}:{line_of(text, where)}: {named}") from error
    if genre.name != path.stem:
        raise GenreError(f"{path}: name {genre.name!r} must be the file's name {path.stem!r}")
    return genre


def _unknown_keys(data: Any, kind: inspect.Type, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (path, message) for every key of `data` that its struct does not have."""
    if isinstance(kind, inspect.StructType) and isinstance(data, dict):
        fields = {field.encode_name: field.type for field in kind.fields}
        for key, value in data.items():
            here = (*where, str(key))
            if key not in fields:
                near = difflib.get_close_matches(str(key), fields, 1, 0.0)[0]
                yield here, f"unknown key {'.'.join(here)!r}; nearest: {near!r}"
            else:
                yield from _unknown_keys(value, fields[key], here)
    elif isinstance(kind, inspect.DictType) and isinstance(data, dict):
        for key, value in data.items():
            yield from _unknown_keys(value, kind.value_type, (*where, str(key)))
    elif isinstance(kind, inspect.VarTupleType) and isinstance(data, list):
        for index, value in enumerate(data):
            yield from _unknown_keys(value, kind.item_type, (*where, str(index)))
