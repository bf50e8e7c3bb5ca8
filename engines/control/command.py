"""Packet contents become one validated Command, or a Rejected that says what, where and what would be right.

Parsing happens here once, at the door: nothing past it sees an unchecked number or an unknown name.
"""

import difflib
import math
from collections.abc import Sequence

import msgspec

from engines.control.state import Symbol
from engines.control.tree import BY_PATH, Argument, Parameter, When
from engines.theory.key import Key
from engines.theory.numeral import parse_loop, parse_symbol

Value = int | float | str
Parsed = int | float | str | Key | Symbol | tuple[tuple[Symbol, ...], ...]

ON = 0.5
"""Toggles switch at a half, so that faders and buttons both work."""
MAX_TEXT = 256


class Command(msgspec.Struct, frozen=True):
    """One validated wish: path of the tree, parsed arguments, when it takes effect; raw: as they came.

    sweep: one of many small moves of a knob or fader, which are taken back together.
    """

    path: str
    args: tuple[Parsed, ...]
    when: When
    raw: tuple[Value, ...] = ()
    sweep: bool = False


class Rejected(msgspec.Struct, frozen=True):
    """A message that changes nothing, with the reason in plain words."""

    address: str
    reason: str


class Lexicon(msgspec.Struct, frozen=True):
    """The names that are valid now. experts: per voice, the versions by name; led: an outside clock leads."""

    sections: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    experts: dict[str, dict[str, tuple[str, ...]]] = {}
    scenes: tuple[str, ...] = ()
    led: bool = False


class _BadArgumentError(ValueError):
    """An argument that does not fit; the text is the reason."""


def nearest(name: str, names: Sequence[str]) -> str:
    """Return ' (nearest: x)' for the closest valid name, or ''."""
    close = difflib.get_close_matches(name.lower(), [n.lower() for n in names], 1, 0.4)
    return f" (nearest: {next(n for n in names if n.lower() == close[0])})" if close else ""


def parse(address: str, args: Sequence[object], lexicon: Lexicon) -> Command | Rejected | None:
    """Return the Command, a Rejected, or None for the release (0) of a momentary button."""
    path = address.lstrip("/").lower()
    parameter = BY_PATH.get(path)
    if parameter is None:
        return Rejected(address, f"no such address{nearest(path, tuple(BY_PATH))}")
    if parameter.kind == "query":
        return Rejected(address, "a question, which is asked and answered over OSC: no command")
    if parameter.kind == "reading":
        commands = tuple(p.path for p in BY_PATH.values() if p.kind == "transport")
        return Rejected(address, f"is told and cannot be set{nearest(path, commands)}")
    if not parameter.arguments and len(args) == 1 and isinstance(args[0], int | float):
        if not args[0] >= ON:  # not a number is no press either
            return None
        args = ()
    if parameter.path == "tempo" and lexicon.led:
        return Rejected(address, "an outside clock leads the tempo")
    try:
        return _command(parameter, list(args), lexicon)
    except ValueError as error:
        return Rejected(address, str(error))
    except OverflowError:  # JSON's whole numbers have no end
        return Rejected(address, "a number has too many digits")


def _command(parameter: Parameter, args: list[object], lexicon: Lexicon) -> Command:
    when = parameter.when
    # OSC's T and F and JSON's true are numbers here: a journal that held true could not be read again
    raw = tuple(int(a) if isinstance(a, bool) else a for a in args if isinstance(a, int | float | str))
    if len(args) > sum(not a.optional for a in parameter.arguments) and isinstance(args[-1], str):
        word = args[-1].lower()
        if word in When.__members__:
            when = When[word]
            args = args[:-1]
    parsed: list[Parsed] = []
    for argument in parameter.arguments:
        if argument.many:
            parsed.append(_many(argument, args))
            args = []
        elif args:
            parsed.append(_one(parameter, argument, args.pop(0), lexicon))
        elif not argument.optional:
            raise _BadArgumentError(f"needs {argument.name}{_range(argument)}")
    if args:
        raise _BadArgumentError(f"too many arguments: {args[0]!r} is left over; when = now|beat|bar|phrase|section")
    if parameter.path.endswith("/expert"):
        _check_version(parameter, parsed, lexicon)
    return Command(parameter.path, tuple(parsed), when, raw)


def _one(parameter: Parameter, argument: Argument, value: object, lexicon: Lexicon) -> Parsed:
    if argument.type != "s":
        return _number(parameter, argument, value)
    if argument.names == "section" and isinstance(value, int | float) and not isinstance(value, bool):
        return _numbered(value, lexicon.sections)
    if not isinstance(value, str):
        raise _BadArgumentError(f"{argument.name} must be a string, got {value!r}")
    if len(value) > MAX_TEXT:
        raise _BadArgumentError(f"{argument.name} is longer than {MAX_TEXT} characters")
    return _text(parameter, argument, value.strip(), lexicon)


def _number(parameter: Parameter, argument: Argument, value: object) -> int | float:
    if not isinstance(value, int | float):
        raise _BadArgumentError(f"{argument.name} must be a number{_range(argument)}, got {value!r}")
    if not math.isfinite(value):
        raise _BadArgumentError(f"{argument.name} is not a finite number{_range(argument)}")
    if parameter.toggle:
        return int(value >= ON)
    low, high = argument.low, argument.high
    if (low is not None and value < low) or (high is not None and value > high):
        best = min(max(value, low if low is not None else value), high if high is not None else value)
        raise _BadArgumentError(f"{argument.name} {value:g} is out of range{_range(argument)}; nearest: {best:.10g}")
    if argument.type == "i":
        if value != int(value):
            raise _BadArgumentError(f"{argument.name} must be a whole number, got {value:g}")
        return int(value)
    # OSC floats have 32 bits: 0.9 arrives as 0.8999999761581421 and is meant as 0.9
    return float(f"{value:.7g}")


def _range(argument: Argument) -> str:
    if argument.low is None or argument.high is None:
        return ""
    return f" ({argument.low:.10g}..{argument.high:.10g})"


def _numbered(number: float, names: tuple[str, ...]) -> str:
    if not 0 <= number < len(names):
        raise _BadArgumentError(f"section number {number:g} is out of range (0..{len(names) - 1})")
    return names[int(number)]


def _text(parameter: Parameter, argument: Argument, text: str, lexicon: Lexicon) -> Parsed:
    if argument.names == "key":
        return Key.parse(text)
    if argument.names == "chord":
        return parse_symbol(text)
    names = valid_names(parameter, argument, lexicon)
    if names is None:
        if not text or not text.isprintable():
            raise _BadArgumentError(f"{argument.name} must be printable text")
        return text
    for name in names:
        if name.lower() == text.lower():
            return name
    raise _BadArgumentError(
        f'no {argument.names} "{text[:40]}"; valid: {", ".join(names) or "none"}{nearest(text, names)}'
    )


def valid_names(parameter: Parameter, argument: Argument, lexicon: Lexicon) -> tuple[str, ...] | None:
    """Return the names that an argument may be now; None where it is no name of the Lexicon."""
    match argument.names:
        case "section":
            return lexicon.sections
        case "genre":
            return lexicon.genres
        case "scene":
            return lexicon.scenes
        case "expert":
            return tuple(lexicon.experts.get(parameter.path.split("/")[1], {}))
    return None


def _check_version(parameter: Parameter, parsed: list[Parsed], lexicon: Lexicon) -> None:
    if len(parsed) == 2:
        versions = lexicon.experts[parameter.path.split("/")[1]][str(parsed[0])]
        if str(parsed[1]) not in versions:
            raise _BadArgumentError(f'{parsed[0]} has no version "{parsed[1]}"; valid: {", ".join(versions) or "none"}')


def _many(argument: Argument, args: list[object]) -> tuple[tuple[Symbol, ...], ...]:
    texts = [a for a in args if isinstance(a, str)]
    if len(texts) != len(args):
        raise _BadArgumentError(f"{argument.name} must be strings")
    if not " ".join(texts).strip():
        raise _BadArgumentError('needs chords, such as "Am F C G" or "i VI III VII"')
    return parse_loop(texts)
