"""The configuration of whole pieces as frozen structs; what each key means stands in `configs/production.yaml`."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from engines.library import Library, LibraryError
from engines.measure.tension import Part
from engines.strict import ConfigError, read
from engines.strict import load as load_layers
from engines.units import VOICES

CHAIRS = (*VOICES, "harmony", "form")
Chair = Annotated[str, Meta(extra={"names": CHAIRS})]
Voice = Annotated[str, Meta(extra={"names": VOICES})]
FIGURES = (
    "in_key", "chord_tones_strong", "consonant", "unsupported",
    "pad_movement", "tension", "motif_return", "rules_share",
)  # fmt: skip
"""Of the scorecard."""
Figure = Annotated[str, Meta(extra={"names": FIGURES})]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Folder = Annotated[str, Meta(min_length=1, max_length=4096)]
Unit = Annotated[float, Meta(ge=0, le=1)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of the configuration: immutable, strict."""


class VoiceStart(Section, frozen=True):
    """One voice; density .5 = as the whole band."""

    level: Unit
    density: Unit


class Start(Section, frozen=True):
    """What the arguments leave open."""

    genre: Name
    bars: Annotated[int, Meta(ge=1, le=1024)]
    density: Unit
    swing: Unit | None
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    voices: dict[Voice, VoiceStart]


class Link(Section, frozen=True):
    """One expert of a chain; version None = the one in use. folder: of a foreign model."""

    expert: Name
    limit_ms: Annotated[float, Meta(ge=1, le=600_000)]
    version: Name | None = None
    folder: Folder | None = None


class Quality(Section, frozen=True):
    """When a valid bar is refused all the same, and an expert no longer asked."""

    scale: Unit
    bars: Annotated[int, Meta(ge=1, le=64)]
    rest_after: Annotated[int, Meta(ge=1, le=1000)]


class Mark(Section, frozen=True):
    """What a figure of the scorecard should reach: at least or at most so much."""

    least: float | None = None
    most: float | None = None

    def reached(self, value: float) -> bool:
        """Whether the value is good enough."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class Tension(Section, frozen=True):
    """The parts of the tension that is heard, of the lead alone and of the whole band."""

    lead: dict[Name, Part]
    band: dict[Name, Part]


class Audio(Section, frozen=True):
    """How fluidsynth renders a piece. rate: frames a second."""

    rate: Annotated[int, Meta(ge=8000, le=96_000)]
    gain: Annotated[float, Meta(ge=0.01, le=10)]
    timeout_s: Annotated[float, Meta(ge=1, le=86_400)]
    soundfonts: list[Folder]


class Log(Section, frozen=True):
    """Where every generation is appended; None = nowhere."""

    path: Folder | None


class Data(Section, frozen=True):
    """A folder of data; None = the one that travels with the package."""

    folder: Folder | None


class Production(Section, frozen=True):
    """Everything a user may turn about whole pieces."""

    start: Start
    lineup: dict[Chair, list[Link]]
    quality: Quality
    curves: dict[Name, Annotated[list[Unit], Meta(min_length=2, max_length=1025)]]
    scorecard: dict[Figure, Mark]
    programs: dict[Voice, Annotated[int, Meta(ge=0, le=127)]]
    audio: Audio
    log: Log
    models: Data
    genres: Data

    @property
    def models_folder(self) -> Path:
        """Where the experts and their `current.yaml` are."""
        return Path(self.models.folder or str(files("models")))

    @property
    def genres_folder(self) -> Path:
        """Where the genre files are."""
        return Path(self.genres.folder or str(files("configs").joinpath("genres")))


def tension_parts() -> dict[str, Part]:
    """Return the parts of the tension that is heard in the whole band (`configs/tension.yaml`)."""
    return load_layers(Tension, [Path(str(files("configs").joinpath("tension.yaml")))]).band


def shipped() -> Path:
    """Return the path of the defaults that travel with the package."""
    return Path(str(files("configs").joinpath("production.yaml")))


def load(path: str | Path | None = None) -> Production:
    """Read the shipped defaults and lay the file over them; raises ConfigError."""
    config = load_layers(Production, [shipped(), *([found(path)] if path is not None else [])])
    for key, folder in (("models.folder", config.models.folder), ("genres.folder", config.genres.folder)):
        if folder is not None and not Path(folder).is_dir():
            told = f"no folder {Path(folder).absolute()}; a path is read from the folder that one works in"
            raise ConfigError(f"{where(path, key)}{key}: {told}", key)
    return config


def found(path: str | Path) -> Path:
    """Return the file that is meant: one of `configs/` that is not here is the one that travels with the package."""
    here = Path(path)
    there = shipped().parent.joinpath(*here.parts[1:])
    return there if here.parts[:1] == ("configs",) and not here.exists() and there.is_file() else here


def where(path: str | Path | None, key: str) -> str:
    """Return `file:line: ` of a dotted key in a file that says it, else ''."""
    line = read(found(path), Production).lines.get(key) if path is not None else None
    return f"{path}:{line}: " if line is not None else ""


def shelf(config: Production) -> Library:
    """Return the library of the experts; raises ConfigError in one line where its list cannot be read."""
    library = Library(config.models_folder)
    try:
        library.current()
    except LibraryError as error:
        told = " ".join(str(error).split())  # YAML's own words come in lines
        raise ConfigError(f"{config.models_folder}: {told}", "models.folder") from error
    return library
