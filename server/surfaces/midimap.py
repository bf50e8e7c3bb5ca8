"""Which controller, key and program of port `control` means what; every mistake in a map is named."""

from typing import Annotated

import msgspec
from msgspec import Meta

from engines.control.command import nearest
from engines.control.tree import BY_PATH, PARAMETERS, Parameter
from engines.strict import MisfitError
from engines.units import VOICES

Seven = Annotated[int, Meta(ge=0, le=127)]
Channel = Annotated[int, Meta(ge=1, le=16)]
Path = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[float, Meta(ge=-1e9, le=1e9)]

SUSTAIN = 64
PANICS = (120, 123)
"""All sound off, all notes off (MIDI 1.0, channel mode messages)."""


class Binding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A controller for one parameter: CC value 0 means `low`, 127 means `high`; low above high turns it round.

    channel: 1..16, null = any. low, high: null = the ends of the parameter's range. A parameter without
    arguments (`again`, `stop`, …) is a button: it is pressed where the value rises to 64 or more.
    """

    cc: Seven
    path: Path
    channel: Channel | None = None
    low: Number | None = None
    high: Number | None = None


def _default() -> list[Binding]:
    levels = [Binding(16 + n, f"voice/{voice}/level") for n, voice in enumerate(VOICES)]
    mutes = [Binding(102 + n, f"voice/{voice}/mute") for n, voice in enumerate(VOICES)]
    return [Binding(1, "tension"), *levels, Binding(21, "density"), Binding(22, "variation"), *mutes]


class MidiMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What comes in on port `control`; the default is the contract's.

    chords: whether held notes are the chord; low_note, high_note: keys that count (others are ignored), 0..127;
    notes_channel: 1..16, null = any. programs: whether program change chooses the section by its number.
    """

    bindings: list[Binding] = msgspec.field(default_factory=_default)
    chords: bool = True
    low_note: Seven = 0
    high_note: Seven = 127
    notes_channel: Channel | None = None
    programs: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming the binding."""
        if self.low_note > self.high_note:
            problem = f"low_note {self.low_note} is above high_note {self.high_note}"
            raise MisfitError(problem, "low_note", "high_note")
        for place, binding in enumerate(self.bindings):
            here = f"bindings[{place}]"
            _check(binding, self.chords, here)
            for other in self.bindings[:place]:
                if other.cc == binding.cc and _overlap(other, binding):
                    problem = f"CC {binding.cc} is bound twice: to {other.path} and to {binding.path}"
                    raise MisfitError(problem, f"{here}.cc")


def scaled(binding: Binding, value: int) -> float:
    """Return what a controller at 0..127 asks of its parameter; whole where the parameter is."""
    argument = BY_PATH[binding.path].arguments[0]
    low = binding.low if binding.low is not None else argument.low
    high = binding.high if binding.high is not None else argument.high
    assert low is not None
    assert high is not None
    wish = low + (high - low) * value / 127
    return wish if argument.type == "f" or BY_PATH[binding.path].toggle else round(wish)


def is_fader(path: str) -> bool:
    """Whether the parameter is moved step by step (a number with fractions), not switched."""
    parameter = BY_PATH[path]
    return bool(parameter.arguments) and parameter.arguments[0].type == "f"


def is_button(binding: Binding) -> bool:
    """Whether the binding is pressed rather than turned."""
    return not BY_PATH[binding.path].arguments


def _overlap(one: Binding, other: Binding) -> bool:
    return one.channel is None or other.channel is None or one.channel == other.channel


def _check(binding: Binding, chords: bool, where: str) -> None:
    here = f"CC {binding.cc}: "
    if binding.cc in PANICS or (chords and binding.cc == SUSTAIN):
        meaning = "panic" if binding.cc in PANICS else "the sustain pedal of the held chord"
        raise MisfitError(f"{here}means {meaning} and cannot be bound", f"{where}.cc")
    parameter = BY_PATH.get(binding.path)
    if parameter is None or not _can_be_turned(parameter):
        names = tuple(p.path for p in PARAMETERS if _can_be_turned(p))
        problem = f"{here}no parameter {binding.path!r} that a controller can set{nearest(binding.path, names)}"
        raise MisfitError(problem, f"{where}.path")
    if not parameter.arguments:
        return
    least, most = parameter.arguments[0].low, parameter.arguments[0].high
    for name, value in (("low", binding.low), ("high", binding.high)):
        if value is not None and least is not None and most is not None and not least <= value <= most:
            best = min(max(value, least), most)
            problem = f"{here}{name} {value:g} is out of the range of {binding.path} ({least:g}..{most:g})"
            raise MisfitError(f"{problem} (nearest: {best:g})", f"{where}.{name}")


def _can_be_turned(parameter: Parameter) -> bool:
    """Whether one number, or a press, is all that the parameter needs."""
    if parameter.kind in ("query", "reading"):
        return False
    needed = [argument for argument in parameter.arguments if not argument.optional]
    return not needed or (len(needed) == 1 and needed[0].type in ("f", "i") and needed[0].low is not None)
