"""Opening: what a configuration means before anything plays: the first control, the files, who may be asked."""

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib import metadata
from itertools import count
from pathlib import Path

import msgspec

from engines.control.command import nearest
from engines.control.state import Auto, Chair, Control, Harmony, Loop, steady
from engines.ensemble import RULES
from engines.form import Visit, drawn
from engines.genre import Genre
from engines.library import Library
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from engines.understudy import Rules
from engines.units import VOICES
from server.config import Config, ConfigError, Growing, Stretch
from server.guard import RESUME
from server.lineup import Lineup
from server.parts import Parts
from server.resume import Papers
from server.scenes import SceneError, load_scenes

log = logging.getLogger("melody-engine")

PORT = 9000
"""Of OSC, as shipped."""


@lru_cache(maxsize=1)
def version() -> str:
    """Return the version of the distribution, which takes a millisecond to look up."""
    return metadata.version("melody-engine")


def first_control(config: Config, genres: Mapping[str, Genre], lineup: Lineup | None = None) -> Control:
    """Return the control that the configuration starts with; ConfigError names what does not exist."""
    start = config.start
    if start.genre not in genres:
        hint = nearest(start.genre, tuple(genres))
        raise ConfigError(f"start.genre: no genre {start.genre!r}; there are {', '.join(genres)}{hint}", "start.genre")
    genre = genres[start.genre]
    if start.section not in genre.sections:
        sections = ", ".join(genre.sections) + nearest(start.section, tuple(genre.sections))
        raise ConfigError(
            f"start.section: {start.genre} has no section {start.section!r}; it has {sections}", "start.section"
        )
    harmony: Harmony = Auto() if start.chords == "auto" else Loop(parse_loop([start.chords]))
    chairs = {
        voice: Chair(
            level=start.voices[voice].level if voice in start.voices else Chair().level,
            density=start.voices[voice].density if voice in start.voices else Chair().density,
            expert=next(iter((lineup or config.band.lineup).get(voice, [])), RULES),
        )
        for voice in VOICES
    }
    return Control(
        genre=start.genre,
        section=start.section,
        tension=steady(start.tension),
        harmony=harmony,
        key=Key.parse(start.key),
        tempo=steady(genre.bpm[1] if start.tempo is None else start.tempo),
        density=start.density,
        variation=start.variation,
        humanize=genre.humanize if start.humanize is None else start.humanize,
        swing=genre.swing if start.swing is None else start.swing,
        chairs=chairs,
        autopilot=start.autopilot,
        seed=start.seed,
        arrangement=tuple(_visit(genre, number, stretch) for number, stretch in enumerate(start.arrangement)),
        after=start.after,
        candidates=start.candidates,
    )


def _visit(genre: Genre, number: int, stretch: Stretch) -> Visit:
    if stretch.section not in genre.sections:
        sections = ", ".join(genre.sections) + nearest(stretch.section, tuple(genre.sections))
        key = f"start.arrangement[{number}].section"
        raise ConfigError(f"{key}: {genre.name} has no section {stretch.section!r}; it has {sections}", key)
    low, high = stretch.tension or genre.sections[stretch.section].tension
    return msgspec.structs.replace(drawn(genre, stretch.section), bars=stretch.bars, tension=(low, high))


def open_to_lan(config: Config, *, lan: bool) -> Config:
    """Return the configuration, with OSC and page on every network of this machine where that is asked for."""
    if not lan:
        return config
    change, everywhere = msgspec.structs.replace, "0.0.0.0"  # noqa: S104
    return change(config, osc=change(config.osc, host=everywhere), web=change(config.web, host=everywhere))


def stamp() -> str:
    """Return date and time for a file name."""
    return datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")


def papers(config: Config, record: Path | str | None) -> Papers:
    """Return absolute paths of journal and recording: a later main may start elsewhere."""
    name = _unused(Path("recordings"), stamp(), config.osc.port)
    recording = record or config.record.path or f"recordings/{name}.mid"
    journal = Path(config.journal.path or f"recordings/{name}.journal").absolute()
    unseen = f"{os.environ[RESUME]}.journal" if RESUME in os.environ else ""  # a new main must know where we were
    keeps = config.journal.enabled
    if keeps and unseen and not _writable(journal):
        log.warning("no journal: %s cannot be written; what a crash needs is kept until the end", journal)
        keeps = False
    return Papers(
        str(journal) if keeps else unseen,
        str(Path(recording).absolute()) if record or config.record.enabled else "",
        config.web.token or "",
    )


def _unused(folder: Path, name: str, port: int) -> str:
    """Return a name that no file of the folder has, also where a clock has gone back or two servers start at once.

    port: of OSC, which only one server of a machine has; at the shipped one the name is the time alone.
    """
    name = name if port == PORT else f"{name}_{port}"
    taken = {path.name.partition(".")[0] for path in folder.glob(f"{name}*")}
    others = (f"{name}-{number}" for number in count(2))
    return name if name not in taken else next(other for other in others if other not in taken)


def _writable(path: Path) -> bool:
    """Whether a file may be written, or made with its folders."""
    there = next((place for place in (path, *path.parents) if place.exists()), path)
    return os.access(there, os.W_OK) and (there == path or there.is_dir())


def parts(output: Growing) -> Parts:
    """Return when a file that we write is begun anew."""
    return Parts(output.part_mb, output.parts)


def scenes_at(path: Path, genres: Mapping[str, Genre]) -> dict[str, Control]:
    """Read the stored scenes whose genre there is; a file that is none is a ConfigError."""
    try:
        scenes = load_scenes(path)
    except SceneError as error:
        raise ConfigError(str(error)) from error
    for name, control in scenes.items():
        if control.genre not in genres:
            log.warning("scene %s is left out: there is no genre %s", name, control.genre)
    return {name: control for name, control in scenes.items() if control.genre in genres}


def expert_names(library: Library) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return per voice the experts that can play it, with their versions."""
    names: dict[str, dict[str, tuple[str, ...]]] = {voice: {Rules.name: (Rules.version,)} for voice in VOICES}
    for entry in library.list():
        for voice in entry.voices:
            names[voice][entry.name] = (*names[voice].get(entry.name, ()), entry.version)
    return names


def shelf(models: Path) -> tuple[tuple[str, int], ...]:
    """Return what changes when a version of an expert comes or goes: the folders and their times of change."""
    if not models.is_dir():
        return ()
    folders = (models, *(path for path in models.iterdir() if path.is_dir()))
    return tuple((folder.name, folder.stat().st_mtime_ns) for folder in folders)
