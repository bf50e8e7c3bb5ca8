"""Who subscribed, kept for the next main: a patch that asked once hears on when this one dies.

A file in the guard's own folder, which ends with the guard; without a guard nothing is kept.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from server.guard import RESUME
from server.surfaces.osc.pattern import Pattern
from server.surfaces.osc.subscribers import Subscriber

log = logging.getLogger("melody-engine")

NAME: Final = "subscribers.json"


class _Line(msgspec.Struct, frozen=True):
    """One subscription; addresses as sockets have them."""

    target: tuple[str | int, ...]
    origin: tuple[str | int, ...]
    pattern: str | None


class Kept:
    """The file; path None = nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        """Keep at `path`."""
        self._path, self._written = path, b""

    @classmethod
    def beside_papers(cls) -> "Kept":
        """Return the file beside the papers that a main leaves for the next one."""
        papers = os.environ.get(RESUME)
        return cls(Path(papers).with_name(NAME) if papers else None)

    def keep(self, subscribers: Sequence[Subscriber]) -> None:
        """Write all of them; what cannot be written is not kept."""
        if self._path is None:
            return
        lines = [_Line(s.target, s.origin, s.pattern.text if s.pattern else None) for s in subscribers]
        if (content := msgspec.json.encode(lines)) == self._written:
            return  # many patches subscribe anew every few seconds
        try:
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(content)
            fresh.replace(self._path)
            self._written = content
        except OSError as error:
            log.info("subscriptions are not kept: %s", error)

    def kept(self) -> list[Subscriber]:
        """Return those that the main before this one wrote last."""
        try:
            lines = msgspec.json.decode(self._path.read_bytes(), type=list[_Line]) if self._path is not None else []
            return [Subscriber(s.target, s.origin, Pattern(s.pattern) if s.pattern else None) for s in lines]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            log.warning("subscriptions are lost: %s", error)
            return []
