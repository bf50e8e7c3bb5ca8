"""What a plain value of the configuration may be, and how to say so."""

import math
import re
from collections.abc import Callable
from typing import Any

from msgspec import inspect

from engines.control.command import nearest
from engines.theory.key import Key
from engines.theory.numeral import parse_loop

AUTO = "auto"


def _chords(text: str) -> object:
    return None if text == AUTO else parse_loop([text])


READERS: dict[str, Callable[[str], object]] = {"key": Key.parse, "chords": _chords}
"""Texts that the theory must be able to read, by the `reads` of their type."""


def unfit(kind: inspect.Type, value: Any) -> str:
    """Return why the value does not fit, or ''."""
    if not fits(kind, value):
        return f"{value!r} does not fit; allowed: {allowed(kind)}{closest(kind, value)}"
    if isinstance(kind, inspect.Metadata) and kind.extra and "reads" in kind.extra:
        try:
            READERS[kind.extra["reads"]](value)
        except ValueError as error:
            return str(error)
    return ""


def fits(kind: inspect.Type, value: Any) -> bool:
    """Whether the value has the type and lies in its range; a whole number is a number, a bool is not."""
    match kind:
        case inspect.Metadata():
            return fits(kind.type, value)
        case inspect.UnionType():
            return any(fits(each, value) for each in kind.types)
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.LiteralType():
            return isinstance(value, str) and value in kind.values
        case inspect.StrType():
            return isinstance(value, str) and _text_fits(kind, value)
        case inspect.IntType() | inspect.FloatType():
            return _number_fits(kind, value)
        case inspect.ListType() | inspect.StructType() | inspect.DictType():
            return False  # a plain value is none
    raise TypeError(f"no rule for {kind}")


def _text_fits(kind: inspect.StrType, value: str) -> bool:
    long_enough = len(value) >= (kind.min_length or 0) and (kind.max_length is None or len(value) <= kind.max_length)
    return long_enough and (kind.pattern is None or re.search(kind.pattern, value) is not None)


def _number_fits(kind: inspect.IntType | inspect.FloatType, value: Any) -> bool:
    wanted = int if isinstance(kind, inspect.IntType) else int | float
    if isinstance(value, bool) or not isinstance(value, wanted) or not math.isfinite(value):
        return False
    return (kind.ge is None or value >= kind.ge) and (kind.le is None or value <= kind.le)


def allowed(kind: inspect.Type) -> str:
    """Say in words what fits."""
    match kind:
        case inspect.Metadata():
            return allowed(kind.type)
        case inspect.UnionType():
            return " or ".join(allowed(each) for each in kind.types)
        case inspect.NoneType():
            return "null"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return ", ".join(literals(kind))
        case inspect.StrType():
            return f"text of {kind.min_length or 0}..{kind.max_length} characters" + (
                f" matching {kind.pattern}" if kind.pattern else ""
            )
        case inspect.IntType() | inspect.FloatType():
            name = "whole number" if isinstance(kind, inspect.IntType) else "number"
            return name if kind.ge is None else f"{name} {kind.ge:.10g}..{kind.le:.10g}"
        case inspect.ListType():
            return "a list"
    return "a mapping"


def closest(kind: inspect.Type, value: Any) -> str:
    """Return ' (nearest: x)' for the nearest value that fits, or '' where none is near."""
    match kind:
        case inspect.Metadata():
            return closest(kind.type, value)
        case inspect.UnionType():
            return next(filter(None, (closest(each, value) for each in kind.types)), "")
        case inspect.LiteralType() if isinstance(value, str):
            return nearest(value, literals(kind))
        case inspect.IntType() | inspect.FloatType() if _is_number(value) and kind.ge is not None:
            best = min(max(value, kind.ge), value if kind.le is None else kind.le)
            return f" (nearest: {round(best) if isinstance(kind, inspect.IntType) else best:.10g})"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def literals(kind: inspect.LiteralType) -> tuple[str, ...]:
    """Return the words of a literal type."""
    return tuple(str(value) for value in kind.values)


def keys(kind: inspect.StructType | inspect.DictType) -> tuple[str, ...] | None:
    """Return the keys that a mapping may have; None = any."""
    if isinstance(kind, inspect.StructType):
        return tuple(field.encode_name for field in kind.fields)
    return (
        tuple(kind.key_type.extra["names"])
        if isinstance(kind.key_type, inspect.Metadata) and kind.key_type.extra
        else None
    )
