"""`melody-engine ports`: MIDI systems and ports of this machine, and what is missing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from server.drivers.inventory import System
from server.drivers.ports import survey
from server.player.config import MidiConfig
from tools.report import show, write_json


def run(midi: MidiConfig, json: Path | None) -> None:
    """Print the MIDI systems, their ports, and which one `serve` would use."""
    with quiet():
        systems = survey(midi.jack_server)
    show("MIDI systems", ("backend", "works", "detail"), ([s.backend, _yes(s), s.detail] for s in systems))
    rows = [(s.backend, way, name) for s in systems for way, names in _ways(s) for name in names]
    if rows:
        show("ports of other programs and devices", ("backend", "we can", "name"), rows)
    used = chosen(midi, systems)
    click.echo(f"midi.backend {midi.backend}: {used}")
    write_json(json, {"systems": [msgspec.to_builtins(system) for system in systems], "used": used})


def chosen(midi: MidiConfig, systems: tuple[System, ...]) -> str:
    """Say in words what `serve` would use."""
    if midi.backend == "none":
        return "no MIDI, as configured; the recorder writes a .mid"
    wanted = [system for system in systems if midi.backend in ("auto", system.backend)]
    for system in wanted:
        if system.works:
            return f"{system.backend} is used"
    return "no MIDI works here, the recorder writes a .mid: " + "; ".join(f"{s.backend}: {s.detail}" for s in wanted)


def _ways(system: System) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("play to", system.outputs), ("hear", system.inputs)


def _yes(system: System) -> str:
    return "yes" if system.works else "no"


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what ALSA's and JACK's C libraries print past Python; the table says it in plain words."""
    kept = os.dup(2)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  (a descriptor, not a path)
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
