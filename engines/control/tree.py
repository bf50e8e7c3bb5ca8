"""The parameter tree: every address, its arguments and ranges, and when it takes effect.

The one source of all surfaces: OSC, MIDI map, MQTT topics and the README's tables are made from it or
checked against it. Paths stand without the leading slash.
"""

from enum import IntEnum
from typing import Final, Literal

import msgspec

from engines.units import VOICES


class When(IntEnum):
    """The moment at which a command takes effect, in order of grain."""

    now = 0
    beat = 1
    bar = 2
    phrase = 3
    section = 4


class Argument(msgspec.Struct, frozen=True):
    """One argument: OSC type f, i or s; low..high for numbers; `many` takes all the strings that follow.

    names: which names of the Lexicon are valid (section, genre, expert, scene), or which parser of the theory
    reads it (key, chord, chords).
    """

    name: str
    type: Literal["f", "i", "s"]
    low: float | None = None
    high: float | None = None
    optional: bool = False
    many: bool = False
    names: str = ""


class Parameter(msgspec.Struct, frozen=True):
    """One address of the tree.

    kind: value (folded into the control), transport (play, stop …), desk (undo, scenes), query (answered to
    the sender by a surface), reading (state that cannot be set). shared: whether a host that has not paired may use it.
    """

    path: str
    about: str
    kind: Literal["value", "transport", "desk", "query", "reading"]
    arguments: tuple[Argument, ...] = ()
    when: When = When.bar
    aliases: tuple[str, ...] = ()
    shared: bool = True
    toggle: bool = False


UNIT: Final = Argument("value", "f", 0.0, 1.0)
SWITCH: Final = Argument("on", "i", 0, 1)
OVER: Final = Argument("beats", "f", 0.0, 4096.0, optional=True)


def _voice(voice: str) -> tuple[Parameter, ...]:
    path = f"voice/{voice}"
    expert = (Argument("name", "s", names="expert"), Argument("version", "s", optional=True))
    return (
        Parameter(f"{path}/mute", f"silence {voice}", "value", (SWITCH,), When.now, toggle=True),
        Parameter(f"{path}/solo", f"{voice} alone (with the other solos)", "value", (SWITCH,), When.now, toggle=True),
        Parameter(f"{path}/level", f"loudness of {voice}", "value", (UNIT,)),
        Parameter(f"{path}/density", f"notes of {voice}; .5 as the whole band", "value", (UNIT,)),
        Parameter(f"{path}/expert", f"who plays {voice}; `rules` is the understudy", "value", expert, shared=False),
    )


PARAMETERS: Final[tuple[Parameter, ...]] = (
    Parameter("play", "start at bar 0; if playing, take a stop back that has not come due", "transport"),
    Parameter("stop", "end at the bar line; `now`: at once", "transport"),
    Parameter("continue", "go on where it stopped, from a bar line", "transport"),
    Parameter("panic", "every note off at once; music goes on at the next bar line", "transport", when=When.now),
    Parameter("section", "section of the genre, by name or number", "value", (Argument("name", "s", names="section"),)),
    Parameter("tension", "tension, optionally reached over so many beats", "value", (UNIT, OVER)),
    Parameter(
        "chords",
        "chord loop: names or Roman numerals, one per bar, several in a bar joined by |",
        "value",
        (Argument("chords", "s", many=True, names="chords"),),
    ),
    Parameter("chord", "this chord until further notice", "value", (Argument("chord", "s", names="chord"),)),
    Parameter("chords/auto", "the harmony expert chooses", "value", when=When.phrase),
    Parameter("key", "tonic and mode", "value", (Argument("key", "s", names="key"),), When.phrase),
    Parameter(
        "tempo",
        "beats per minute, optionally reached over so many beats; rejected while an outside clock leads",
        "value",
        (Argument("bpm", "f", 20.0, 300.0), OVER),
        When.now,
        aliases=("bpm",),
    ),
    Parameter("density", "how many notes the band plays", "value", (UNIT,)),
    Parameter("variation", "how far repeats depart from what was", "value", (UNIT,)),
    Parameter("humanize", "learned and random timing and velocity; 0 = exact grid", "value", (UNIT,)),
    Parameter("swing", "delay of every second 16th; 1 = triplets", "value", (UNIT,)),
    *(parameter for voice in VOICES for parameter in _voice(voice)),
    Parameter("hold", "the running bar repeats until 0", "value", (SWITCH,), toggle=True),
    Parameter("again", "the running bar once more, then on", "value"),
    Parameter(
        "undo",
        "the control as it was before the last command; the moves of a MIDI controller within one bar count as one",
        "desk",
        shared=False,
    ),
    Parameter("scene", "recall a stored control", "desk", (Argument("name", "s", names="scene"),), shared=False),
    Parameter("scene/save", "store the control under a name", "desk", (Argument("name", "s"),), shared=False),
    Parameter("autopilot", "the conductor chooses section and tension", "value", (SWITCH,), When.phrase, toggle=True),
    Parameter(
        "seed",
        "same seed and same commands = same music",
        "value",
        (Argument("seed", "i", 0, 2**31 - 1),),
        shared=False,
    ),
    Parameter("genre", "a genre of the configuration", "value", (Argument("name", "s", names="genre"),), When.section),
    Parameter("get", "one /state/<parameter> each", "query", (Argument("paths", "s", many=True),)),
    Parameter(
        "subscribe",
        "state and events to this host (that port) for 60 s, renewed by any message",
        "query",
        (Argument("port", "i", 1, 65535, optional=True), Argument("pattern", "s", optional=True)),
    ),
    Parameter(
        "unsubscribe",
        "no more events to what this socket subscribed (to that port)",
        "query",
        (Argument("port", "i", 1, 65535, optional=True),),
    ),
    Parameter("ping", "answered by /pong with the same arguments", "query"),
    Parameter("status", "key and value pairs", "query"),
    Parameter("sync", "/synced i after all earlier commands are folded in", "query", (Argument("id", "i"),)),
    Parameter("playing", "1 while the music runs", "reading", (SWITCH,)),
)

BY_PATH: Final = {p.path: p for p in PARAMETERS} | {a: p for p in PARAMETERS for a in p.aliases}
STATE_PATHS: Final = tuple(p.path for p in PARAMETERS if p.kind in ("value", "reading") and p.path != "again")
