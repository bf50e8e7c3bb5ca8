"""The records of a journal: what happened in a performance, one tagged struct each."""

from typing import Final

import msgspec

from engines.conductor import Cursor
from engines.control.command import Value
from engines.control.past import Restore
from engines.control.state import Control
from server.player.messages import Gate, GoOn, Panic, Retime, Start, Stop

FORMAT: Final = 2


class Opened(msgspec.Struct, frozen=True, tag=True):
    """A main opened the journal. lineup: the chain of experts per chair.

    touch: its version, "" = none, None = not told (by an earlier release).
    resumed: it goes on with the performance of one that died; else a new performance begins here.
    """

    format: int
    version: str
    date: str
    lineup: dict[str, list[str]]
    resumed: bool = False
    touch: str | None = None


class Began(msgspec.Struct, frozen=True, tag=True):
    """The music began at the cursor's bar (fresh: from the beginning; else it went on)."""

    cursor: Cursor
    fresh: bool


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The music came to rest; cursor: where it would go on."""

    cursor: Cursor


class Told(msgspec.Struct, frozen=True, tag=True):
    """What the player was told besides bars, and when (monotonic s)."""

    time: float
    message: Start | Stop | GoOn | Gate | Panic | Retime


class Commanded(msgspec.Struct, frozen=True, tag=True):
    """A command was received while `bar` was the next to be decided; address and args as they came."""

    bar: int
    address: str
    args: tuple[Value, ...]
    when: str


class Decided(msgspec.Struct, frozen=True, tag=True):
    """The control in force from `bar` (and tick `start` in it) on; written when it changed.

    pending: the wishes that were not yet in force then, in order of arrival.
    """

    bar: int
    start: int
    control: Control
    pending: tuple[Commanded | Restore, ...] = ()


class Barred(msgspec.Struct, frozen=True, tag=True):
    """One bar as it was loaded at `time` (monotonic s).

    start: from which tick in the bar it was (re)written; hush: as loaded. players: expert and version per chair.
    notes: per voice [onset, duration, pitch, velocity]. bpm: tempo at the line. upcoming, left: as told
    to the composer. cursor: after it. section: what it belongs to.
    """

    time: float
    bar: int
    start: int
    bpm: float
    upcoming: str | None
    players: dict[str, tuple[str, str]]
    hush: tuple[str, ...]
    notes: dict[str, tuple[tuple[int, int, int, int], ...]]
    cursor: Cursor
    left: int | None = None
    section: str = ""


class Connected(msgspec.Struct, frozen=True, tag=True):
    """JACK's connections of our ports changed: (output, input)."""

    pairs: tuple[tuple[str, str], ...]


class Stood(msgspec.Struct, frozen=True, tag=True):
    """Where the music stood when the file was begun anew, or could be written again: all that a resume must know.

    control: in force. wishes: what was asked for since, or was pending then, in order. cursor: the bar to go on with.
    begun: whether music has been played; bars: how many were written; connections: JACK's, to be restored.
    """

    control: Control
    wishes: tuple[Commanded | Restore, ...] = ()
    cursor: Cursor = Cursor()
    begun: bool = False
    playing: bool = False
    bars: int = 0
    connections: tuple[tuple[str, str], ...] = ()


Record = Opened | Connected | Began | Ended | Told | Commanded | Decided | Barred | Stood
