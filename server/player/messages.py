"""What main and player tell each other: msgpack over a pipe, one tagged struct each.

Ticks are absolute: tick 0 is bar 0 since `/play`. Times are seconds of the system's monotonic clock, which
both processes share.
"""

import msgspec

from engines.note import Note
from server.timeline import Timeline


class Retime(msgspec.Struct, frozen=True, tag=True):
    """From now on ticks sound by this timeline; everything queued is re-timed by it."""

    timeline: Timeline


class Start(msgspec.Struct, frozen=True, tag=True):
    """The music runs from `tick` on, at its time on the timeline; empties the queue.

    fresh: MIDI start (else song position and continue).
    """

    tick: int
    timeline: Timeline
    fresh: bool = True


class Stop(msgspec.Struct, frozen=True, tag=True):
    """The music ends at `tick` (presses from there on are dropped, sounding notes released); None = at once."""

    tick: int | None = None


class GoOn(msgspec.Struct, frozen=True, tag=True):
    """A stop that has not come due is taken back; what it dropped of a bar is loaded again."""


class Load(msgspec.Struct, frozen=True, tag=True):
    """Notes to sound: onsets are ticks from `tick`.

    bar: its number. start: onsets (ticks in the bar) at or after this replace whatever is queued for this bar
    and these voices; 0 for a whole bar. hush: voices whose sounding notes end there (they belong to a chord that
    is gone). section: what plays from there on.
    """

    bar: int
    tick: int
    start: int
    voices: dict[str, tuple[Note, ...]]
    hush: tuple[str, ...] = ()
    section: str = ""


class Gate(msgspec.Struct, frozen=True, tag=True):
    """Let a voice through or silence it (mute, solo) from absolute `tick` on; None = now."""

    voice: str
    open: bool
    tick: int | None = None


class Panic(msgspec.Struct, frozen=True, tag=True):
    """Release all at `tick` (None = at once), sustain off, all notes off, all sound off.

    resume: presses before it are dropped.
    """

    resume: int
    tick: int | None = None


class Beat(msgspec.Struct, frozen=True, tag=True):
    """Main's heartbeat, at least every 0.25 s."""

    time: float


class Quit(msgspec.Struct, frozen=True, tag=True):
    """Release everything, close the ports, exit 0."""


ToPlayer = Retime | Start | Stop | GoOn | Load | Gate | Panic | Beat | Quit


class PortState(msgspec.Struct, frozen=True):
    """One MIDI port as the performer should see it.

    name: lead bass arp pad drums combined clock control. backend: jack rtmidi recorder. state: open, waiting
    (its device is gone, retrying) or missing (error says what is missing and what would be right).
    """

    name: str
    backend: str
    state: str
    detail: str = ""


class Pulse(msgspec.Struct, frozen=True, tag=True):
    """The player's heartbeat, every 0.05 s: counts since its start.

    late: presses sent more than 5 ms after their time, per voice; worst_ms: greatest lateness since the last
    pulse; sounding: notes now in the ledger; dropped: presses that came more than a sixteenth late.
    """

    time: float
    pressed: int
    released: int
    late: dict[str, int]
    worst_ms: float
    sounding: int
    dropped: int = 0


class Ports(msgspec.Struct, frozen=True, tag=True):
    """Sent at start and whenever the state of a port changes."""

    ports: tuple[PortState, ...]


class MidiIn(msgspec.Struct, frozen=True, tag=True):
    """One MIDI message received on port `control`, stamped with its arrival."""

    time: float
    data: bytes


class Sounded(msgspec.Struct, frozen=True, tag=True):
    """A note was pressed: voice, note as loaded, absolute tick."""

    voice: str
    tick: int
    note: Note


class Connections(msgspec.Struct, frozen=True, tag=True):
    """JACK connections of our ports, (output name, input name), kept by main for the next player."""

    pairs: tuple[tuple[str, str], ...]


FromPlayer = Pulse | Ports | MidiIn | Sounded | Connections
