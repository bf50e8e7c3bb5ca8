"""The parameter tree in the words of the OSCQuery proposal: every node's attributes but its value.

Source: github.com/Vidvox/OSCQueryProposal. Optional arguments and section numbers are OVERLOADS. What takes no
arguments has TYPE "I" (OSC 1.1's impulse, which libossia shows as a button; a node of type "N" it does not show).
CLIPMODE: switches take any number, everything else out of range is refused, so nothing is clipped ("none").
"""

from typing import Any, Final

from engines.control.command import Lexicon, valid_names
from engines.control.tree import BY_PATH, STATE_PATHS, SWITCH, Argument, Parameter
from engines.theory.key import MODES, Key
from engines.units import VOICES

Node = dict[str, Any]

READABLE: Final = 1
WRITABLE: Final = 2
IMPULSE: Final = "I"
UNITS: Final = {"tempo": "time.bpm"}
"""By path, in the words of the proposal's list of units."""
KEYS: Final = tuple(Key(tonic, mode).name for mode in dict.fromkeys(("minor", "major", *MODES)) for tonic in range(12))
"""Every key by the name that the state tells; the usual modes first."""
ABOUT: Final = {
    "": "melody-engine: a band that plays live, under your hands",
    "voice": "the voices of the band",
    **{f"voice/{voice}": f"how {voice} plays" for voice in VOICES},
}
"""What those nodes are that are containers only."""


def _contents() -> dict[str, dict[str, str]]:
    """Return by container the paths of what it holds, by name; "" is the root."""
    contents: dict[str, dict[str, str]] = {}
    for path in BY_PATH:
        inner = path
        while inner:
            outer, _, name = inner.rpartition("/")
            contents.setdefault(outer, {})[name] = inner
            inner = outer
    return contents


CONTENTS: Final = _contents()
PATHS: Final = tuple(dict.fromkeys((*CONTENTS, *BY_PATH)))
"""All nodes, containers and aliases among them."""


def arguments(parameter: Parameter) -> tuple[Argument, ...]:
    """Return the arguments that TYPE counts: those that a message must have, and those of a value that is told."""
    needed = tuple(argument for argument in parameter.arguments if not argument.optional)
    return needed or ((SWITCH,) if parameter.path in STATE_PATHS else ())


def describe(path: str, lexicon: Lexicon, *, paired: bool) -> Node:
    """Return the attributes of a node, without CONTENTS and VALUE; `paired`: whether the reader may do everything."""
    parameter = BY_PATH.get(path)
    if parameter is None:
        return {"FULL_PATH": f"/{path}", "DESCRIPTION": ABOUT[path], "ACCESS": 0}
    told = arguments(parameter)
    node: Node = {
        "FULL_PATH": f"/{path}",
        "DESCRIPTION": _description(parameter),
        "ACCESS": _access(parameter, lexicon, paired=paired),
        **_typed(parameter, told, lexicon),
        "CRITICAL": parameter.kind in ("transport", "desk"),
    }
    if others := _overloads(parameter, told, lexicon):
        node["OVERLOADS"] = others
    return node


def _description(parameter: Parameter) -> str:
    if parameter.kind in ("query", "reading"):
        return parameter.about
    return f"{parameter.about}; takes effect: {parameter.when.name}"


def _access(parameter: Parameter, lexicon: Lexicon, *, paired: bool) -> int:
    """Return 0..3; an outside clock takes the tempo away, and a host that has not paired may not use everything."""
    mine = parameter.kind != "reading" and (paired or parameter.shared)
    writable = mine and not (parameter.path == "tempo" and lexicon.led)
    return READABLE * (parameter.path in STATE_PATHS) + WRITABLE * writable


def _typed(parameter: Parameter, told: tuple[Argument, ...], lexicon: Lexicon) -> Node:
    """Return TYPE and what goes by it: RANGE, CLIPMODE and UNIT have one item per type tag."""
    node: Node = {"TYPE": "".join(argument.type for argument in told) or IMPULSE}
    ranges = [_range(parameter, argument, lexicon) for argument in told]
    if any(each is not None for each in ranges):
        node["RANGE"] = ranges
        node["CLIPMODE"] = ["both" if parameter.toggle else "none" for _ in told]
    if parameter.path in UNITS and len(told) == 1:
        node["UNIT"] = [UNITS[parameter.path]]
    return node


def _range(parameter: Parameter, argument: Argument, lexicon: Lexicon) -> Node | None:
    if (names := _names(parameter, argument, lexicon)) is not None:
        return {"VALS": list(names)}
    if argument.low is None or argument.high is None:
        return None
    number = int if argument.type == "i" else float
    return {"MIN": number(argument.low), "MAX": number(argument.high)}


def _names(parameter: Parameter, argument: Argument, lexicon: Lexicon) -> tuple[str, ...] | None:
    """Return all the names that an argument may be, where they can be counted."""
    return KEYS if argument.names == "key" else valid_names(parameter, argument, lexicon)


def _overloads(parameter: Parameter, told: tuple[Argument, ...], lexicon: Lexicon) -> list[Node]:
    """Return the other forms: with more and more of the optional arguments, and a section by its number."""
    optional = [argument for argument in parameter.arguments if argument.optional]
    forms = [(*told, *optional[: count + 1]) for count in range(len(optional))]
    others = [_typed(parameter, form, lexicon) for form in forms]
    if parameter.path == "section":
        number = Argument("number", "i", 0, max(len(lexicon.sections) - 1, 0))
        others.append(_typed(parameter, (number,), lexicon))
    return others
