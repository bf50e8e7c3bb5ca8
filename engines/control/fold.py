"""Folding commands into the control: `apply` and `restore` are its only writers, `read` its reader for surfaces."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from engines.control.command import Command, Value
from engines.control.state import Auto, Chair, Control, Fixed, Loop, Ramp, Symbol
from engines.control.tree import STATE_PATHS
from engines.theory.numeral import loop_text
from engines.units import TICKS_PER_BEAT, VOICES

Args = tuple[Any, ...]


def apply(control: Control, command: Command, tick: float) -> Control:
    """Return the control after `command` took effect at absolute `tick`; the old one is untouched."""
    if command.path.startswith("voice/"):
        _, voice, wish = command.path.split("/")
        chair = _chair(control.chairs[voice], wish, command.args)
        return replace(control, chairs=control.chairs | {voice: chair})
    return _WRITERS[command.path](control, command.args, tick)


def _chair(chair: Chair, wish: str, args: Args) -> Chair:
    if wish == "expert":
        return replace(chair, expert=args[0], version=args[1] if len(args) > 1 else "")
    value = bool(args[0]) if wish in ("mute", "solo") else args[0]
    return replace(chair, **{wish: value})


def _ramp(old: Ramp, args: Args, tick: float) -> Ramp:
    beats = args[1] if len(args) > 1 else 0.0
    return Ramp(old.at(tick), args[0], int(tick), int(tick + beats * TICKS_PER_BEAT))


def _harmony(control: Control, harmony: Loop | Fixed | Auto) -> Control:
    return replace(control, harmony=harmony, overruled=True, harmony_serial=control.harmony_serial + 1)


def _plain(name: str, kind: Callable[[Any], Any] = float) -> Callable[[Control, Args, float], Control]:
    return lambda control, args, _tick: replace(control, **{name: kind(args[0])})


# A performer who takes the section or the tension takes them from the autopilot.
_WRITERS: dict[str, Callable[[Control, Args, float], Control]] = {
    "section": lambda c, a, _: replace(c, section=a[0], autopilot=False),
    "tension": lambda c, a, tick: replace(c, tension=_ramp(c.tension, a, tick), autopilot=False),
    "chords": lambda c, a, _: _harmony(c, Loop(a[0])),
    "chord": lambda c, a, _: _harmony(c, Fixed(a[0])),
    "chords/auto": lambda c, _a, _: _harmony(c, Auto()),
    "held": lambda c, a, _: replace(c, held=a[0] if a else None, overruled=bool(a[1:] and a[1])),
    "key": lambda c, a, _: replace(c, key=a[0]),
    "tempo": lambda c, a, tick: replace(c, tempo=_ramp(c.tempo, a, tick)),
    "density": _plain("density"),
    "variation": _plain("variation"),
    "humanize": _plain("humanize"),
    "swing": _plain("swing"),
    "hold": _plain("hold", bool),
    "again": lambda c, _a, _: replace(c, again=c.again + 1),
    "autopilot": _plain("autopilot", bool),
    "seed": _plain("seed", int),
    "genre": _plain("genre", str),
}


# No wishes to come back to: the keys held now, and how often something was asked for.
_PLAIN = tuple(f for f in Control.__struct_fields__ if f not in ("chairs", "held", "again", "harmony_serial"))
FIELDS = (*_PLAIN, *(f"voice/{voice}/{field}" for voice in VOICES for field in Chair.__struct_fields__))
"""All that can be restored: fields of the control, and of its chairs as voice/<v>/<field>."""


def get(control: Control, field: str) -> object:
    """Return the value of one of FIELDS."""
    if field in _PLAIN:
        return getattr(control, field)
    _, voice, name = field.split("/")
    return getattr(control.chairs[voice], name)


def put(control: Control, values: Mapping[str, object]) -> Control:
    """Return the control with these of FIELDS set."""
    chairs = dict(control.chairs)
    for field, value in values.items():
        if field not in _PLAIN:
            _, voice, name = field.split("/")
            chairs[voice] = replace(chairs[voice], **{name: value})
    return replace(control, chairs=chairs, **{field: values[field] for field in values if field in _PLAIN})


def changes(before: Control, after: Control) -> tuple[str, ...]:
    """Return the fields in which two controls differ."""
    return tuple(field for field in FIELDS if get(before, field) != get(after, field))


def restore(control: Control, source: Control, fields: Sequence[str]) -> Control:
    """Return the control with these fields as in `source`; a harmony that comes back begins anew."""
    after = put(control, {field: get(source, field) for field in fields})
    return replace(after, harmony_serial=control.harmony_serial + (after.harmony != control.harmony))


def read(control: Control, path: str, *, playing: bool = False) -> tuple[Value, ...]:
    """Return the values of one state path as plain numbers and strings (types i, f, s)."""
    if path == "playing":
        return (int(playing),)
    if path.startswith("voice/"):
        _, voice, wish = path.split("/")
        return _chair_values(control.chairs[voice], wish)
    return _READERS[path](control)


def _chair_values(chair: Chair, wish: str) -> tuple[Value, ...]:
    if wish == "expert":
        return (chair.expert, chair.version) if chair.version else (chair.expert,)
    value = getattr(chair, wish)
    return (int(value) if isinstance(value, bool) else float(value),)


def _symbol(symbol: Symbol | None) -> str:
    return symbol.name if symbol is not None else ""


def _fixed(control: Control) -> str:
    if control.by_hand is not None:
        return _symbol(control.by_hand)
    return _symbol(control.harmony.symbol) if isinstance(control.harmony, Fixed) else ""


_READERS: dict[str, Callable[[Control], tuple[Value, ...]]] = {
    "section": lambda c: (c.section,),
    "tension": lambda c: (float(c.tension.end),),
    "chords": lambda c: (loop_text(c.harmony.bars) if isinstance(c.harmony, Loop) else "",),
    "chord": lambda c: (_fixed(c),),
    "chords/auto": lambda c: (int(isinstance(c.harmony, Auto)),),
    "key": lambda c: (c.key.name,),
    "tempo": lambda c: (float(c.tempo.end),),
    "density": lambda c: (c.density,),
    "variation": lambda c: (c.variation,),
    "humanize": lambda c: (c.humanize,),
    "swing": lambda c: (c.swing,),
    "hold": lambda c: (int(c.hold),),
    "autopilot": lambda c: (int(c.autopilot),),
    "seed": lambda c: (c.seed,),
    "genre": lambda c: (c.genre,),
}


def state(control: Control, *, playing: bool) -> dict[str, tuple[Value, ...]]:
    """Return every state path with its values."""
    return {path: read(control, path, playing=playing) for path in STATE_PATHS}
