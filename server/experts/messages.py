"""What main and an expert worker tell each other: msgpack over a pipe, one tagged struct each."""

import msgspec

from engines.composer import Question
from engines.conductor import BarChords
from engines.expert import HarmonyRequest, Request
from engines.form import FormRequest, Visit
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


class Follow(msgspec.Struct, frozen=True, tag=True):
    """Choose what section comes next by a summoned form expert."""

    id: int
    name: str
    version: str
    request: FormRequest


ToWorker = Shelf | Summon | Write | Choose | Follow


def question(number: int, name: str, version: str, request: Question) -> Write | Choose | Follow:
    """Return the message that asks an expert this."""
    match request:
        case HarmonyRequest():
            return Choose(number, name, version, request)
        case FormRequest():
            return Follow(number, name, version, request)
        case _:
            return Write(number, name, version, request)


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


class Followed(msgspec.Struct, frozen=True, tag=True):
    """The section that comes next, and the milliseconds it took."""

    id: int
    visit: Visit
    ms: float


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The expert could not answer."""

    id: int
    reason: str


FromWorker = Summoned | Wrote | Chose | Followed | Failed
