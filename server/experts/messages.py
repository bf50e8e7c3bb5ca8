"""What main and an expert worker tell each other: msgpack over a pipe, one tagged struct each."""

import msgspec

from engines.conductor import BarChords
from engines.expert import HarmonyRequest, Request
from engines.note import Bar


class Shelf(msgspec.Struct, frozen=True, tag=True):
    """First message: the folder of the experts."""

    folder: str


class Summon(msgspec.Struct, frozen=True, tag=True):
    """Verify, load and warm up an expert; version "" = the one in use."""

    name: str
    version: str


class Write(msgspec.Struct, frozen=True, tag=True):
    """Write bars by a summoned expert."""

    id: int
    name: str
    version: str
    request: Request


class Choose(msgspec.Struct, frozen=True, tag=True):
    """Choose chords by a summoned harmony expert."""

    id: int
    name: str
    version: str
    request: HarmonyRequest


ToWorker = Shelf | Summon | Write | Choose


class Summoned(msgspec.Struct, frozen=True, tag=True):
    """An expert is ready, or `error` says in plain words why not. version: as asked; actual: as loaded."""

    name: str
    version: str
    actual: str
    error: str = ""


class Wrote(msgspec.Struct, frozen=True, tag=True):
    """Bars by voice, and the milliseconds they took."""

    id: int
    bars: dict[str, Bar]
    ms: float


class Chose(msgspec.Struct, frozen=True, tag=True):
    """Chords per bar, and the milliseconds they took."""

    id: int
    chords: tuple[BarChords, ...]
    ms: float


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The expert could not answer."""

    id: int
    reason: str


FromWorker = Summoned | Wrote | Chose | Failed
