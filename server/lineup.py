"""The line-up as it is configured, held against the experts that there are and the chairs that they play."""

import logging
from collections.abc import Iterator, Mapping, Sequence

from engines.control.command import nearest
from engines.ensemble import RULES
from engines.library import Entry, Library
from server.config import ConfigError

log = logging.getLogger("melody-engine")

Lineup = dict[str, list[str]]

CHAIRS: dict[str, str] = {"harmony": "harmony", "ngram": "harmony", "form": "form"}
"""The chair of the kinds that write no voices."""


def misfits(lineup: Mapping[str, Sequence[str]], library: Library) -> Iterator[tuple[str, int, ConfigError]]:
    """Return chair, place and fault of every name that is no expert, or of one that does not play this chair.

    An expert whose card cannot be read is none of these: its worker says what is wrong with it.
    """
    entries = library.list()
    for chair, chain in lineup.items():
        known = (RULES, *sorted({entry.name for entry in entries}))
        fitting = tuple(name for name in known if name == RULES or _plays(name, chair, entries))
        for place, name in enumerate(chain):
            if name not in fitting:
                key = f"band.lineup.{chair}"
                fault = f'"{name}" does not play {chair}' if name in known else f'no expert "{name}"'
                hint = f"{nearest(name, fitting)}; there are: {', '.join(fitting)}"
                yield chair, place, ConfigError(f"{key}[{place}]: {fault}{hint}", key)


def known_lineup(lineup: Mapping[str, Sequence[str]], library: Library) -> Lineup:
    """Return the line-up without its misfits, which are told in the log: the others play."""
    left_out = set()
    for chair, place, error in misfits(lineup, library):
        left_out.add((chair, place))
        log.warning("%s (left out)", error)
    return {
        chair: [name for place, name in enumerate(chain) if (chair, place) not in left_out]
        for chair, chain in lineup.items()
    }


def _plays(name: str, chair: str, entries: Sequence[Entry]) -> bool:
    """Whether a version of an expert plays the chair, or has a card that does not tell."""
    own = [entry for entry in entries if entry.name == name]
    return any(entry.problem or chair in (*entry.voices, CHAIRS.get(entry.kind, "")) for entry in own)
