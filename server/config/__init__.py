"""Configuration: shipped defaults (`configs/live.yaml`), overlaid by the user's files, as one frozen value.

Laws: whatever passes `load` is complete and in range; `load` of what `dump` wrote gives the same value.
Every number stands in the YAML with its comment; the structs here have no defaults of their own. Whether the
named section or expert exists is checked where genres and cards are read.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from engines.strict import ConfigError, layers, read
from server.config.model import Band, Clock, Config, Data, Growing, Mqtt, Osc, Output, Start, Stretch, VoiceStart, Web

__all__ = [
    "Band",
    "Clock",
    "Config",
    "ConfigError",
    "Data",
    "Growing",
    "Mqtt",
    "Osc",
    "Output",
    "Start",
    "Stretch",
    "VoiceStart",
    "Web",
    "dump",
    "genres_folder",
    "load",
    "models_folder",
    "naming_the_line",
    "shipped",
]


def shipped() -> Path:
    """Return the path of the defaults that travel with the package."""
    return Path(str(files("configs").joinpath("live.yaml")))


def models_folder(config: Config) -> Path:
    """Return the folder of the experts and their `current.yaml`."""
    return Path(config.models.folder or str(files("models")))


def genres_folder(config: Config) -> Path:
    """Return the folder of the genre files."""
    return Path(config.genres.folder or str(files("configs").joinpath("genres")))


def load(paths: Sequence[Path] = ()) -> Config:
    """Read the defaults and lay each of `paths` over them, the last one wins; raises ConfigError.

    Mappings are merged key by key; lists and plain values are replaced.
    """
    return layers.load(Config, (shipped(), *paths))


@contextmanager
def naming_the_line(paths: Sequence[Path]) -> Iterator[None]:
    """Put file and line before a ConfigError that only knows its key, if one of `paths` says that key."""
    try:
        yield
    except ConfigError as error:
        for path in reversed(paths):
            line = read(path, Config).lines.get(error.key)
            if line is not None:
                raise ConfigError(f"{path}:{line}: {error}") from error
        raise


def dump(config: Config) -> str:
    """Return the YAML that loads to the same value again."""
    return yaml.safe_dump(msgspec.to_builtins(config), sort_keys=False, allow_unicode=True)
