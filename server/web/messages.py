"""The frames of `/ws`: JSON objects with one key that says what they are. What Python holds here, the page sees.

Ticks are absolute (tick 0 is bar 0 since `/play`), times seconds of the server's monotonic clock.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from engines.control.command import Value
from engines.control.tree import Parameter
from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT
from server.player.messages import Gate, GoOn, Panic, Retime, Start, Stop
from server.timeline import Timeline

PROTOCOL: Final = 1
KEPT_BARS: Final = 32
KEPT_LINES: Final = 50

Tell = Start | Stop | GoOn | Gate | Panic | Retime
"""What the player is told besides bars."""
Serial = Annotated[int, Meta(ge=-(2**53), le=2**53)] | Annotated[str, Meta(max_length=64)]
Address = Annotated[str, Meta(max_length=256)]
Words = list[int | float | str | bool]
Notes = tuple[tuple[int, int, int, int], ...]
"""(onset, duration, pitch, velocity), onset in ticks from the bar line."""


# What a page says ---------------------------------------------------------------------------------------------


class Said(msgspec.Struct, frozen=True):
    """One frame from a page: one of `do` (an address, carried out), `check` (only looked at) or `time` (its clock).

    args as over OSC, so they may end with now|beat|bar|phrase|section; id comes back with the reply. sweep: one of
    many moves of a fader (see `Command`).
    """

    do: Address | None = None
    check: Address | None = None
    time: float | None = None
    args: Words = []
    id: Serial | None = None
    sweep: bool = False


# What a page is told ------------------------------------------------------------------------------------------


class Plan(msgspec.Struct, frozen=True):
    """What a bar was meant to be; tension and chords per beat; tempo at its line."""

    section: str
    section_bar: int
    section_bars: int
    upcoming: str | None
    tension: tuple[float, ...]
    energy: float
    key: str
    chords: tuple[str, ...]
    next_chord: str
    tempo: float


class Chair(msgspec.Struct, frozen=True):
    """Who played a chair (a voice, harmony, form), in how many ms; reason: why not its first choice, else ""."""

    expert: str
    version: str
    ms: float
    reason: str = ""


class Bar(msgspec.Struct, frozen=True):
    """A bar that was decided, or from `start` (tick in the bar) on written anew; the page replaces from there on.

    hush: voices whose sounding notes end at `start`. ms: what the whole bar took.
    """

    bar: int
    tick: int
    start: int
    hush: tuple[str, ...]
    notes: dict[str, Notes]
    plan: Plan
    players: dict[str, Chair]
    ms: float


class Line(msgspec.Struct, frozen=True):
    """One line of the log; kind: rejected, late, warning, swap or understudy; bar: the last that began, -1 = none."""

    kind: str
    text: str
    bar: int


class Wish(msgspec.Struct, frozen=True):
    """A wish that is not in force yet; tick: when it takes effect, None = not known."""

    path: str
    args: tuple[Value, ...]
    when: str
    tick: int | None


class Names(msgspec.Struct, frozen=True):
    """What may be asked for now. experts: versions by voice and name; key_chords: the triads of the key."""

    sections: tuple[str, ...]
    genres: tuple[str, ...]
    scenes: tuple[str, ...]
    experts: dict[str, dict[str, tuple[str, ...]]]
    key_chords: tuple[str, ...]


class Hello(msgspec.Struct, frozen=True):
    """The first frame: all that a page needs to begin.

    address: the URL with which another machine pairs, "" = none reaches us. told: what the player was told and still
    holds, in order. loop: the last chord loop, which may not rule now, "" = none yet.
    """

    version: str
    address: str
    voices: tuple[str, ...]
    tree: list[dict[str, Any]]
    names: Names
    state: dict[str, tuple[Value, ...]]
    pending: tuple[Wish, ...]
    playing: bool
    timeline: Timeline
    bars: tuple[Bar, ...]
    told: tuple[Tell, ...]
    status: dict[str, Value]
    log: tuple[Line, ...]
    loop: str
    protocol: int = PROTOCOL
    ticks_per_beat: int = TICKS_PER_BEAT
    beats_per_bar: int = BEATS_PER_BAR


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to a frame that had an id (None: the frame was not understood)."""

    reply: Serial | None
    ok: bool
    reason: str = ""


class Time(msgspec.Struct, frozen=True):
    """The page's clock as it was sent, and ours when that came."""

    time: float
    server: float


_decode = msgspec.json.Decoder(Said).decode
_encode = msgspec.json.Encoder().encode


def read(frame: str | bytes) -> Said:
    """Read a page's frame; msgspec.ValidationError for JSON of another shape, DecodeError for what is no JSON."""
    return _decode(frame)


def frame(kind: str, content: object) -> bytes:
    """Return the frame that tells one thing: hello, names, state, pending, tell, bar, beat, status or log."""
    return _encode({kind: content})


def answer(content: Reply | Time) -> bytes:
    """Return the frame of an answer."""
    return _encode(content)


def told(parameter: Parameter) -> dict[str, Any]:
    """Return a parameter of the tree as the page needs it."""
    return {
        "path": parameter.path,
        "about": parameter.about,
        "kind": parameter.kind,
        "when": parameter.when.name,
        "toggle": parameter.toggle,
        "arguments": [msgspec.structs.asdict(argument) for argument in parameter.arguments],
    }
