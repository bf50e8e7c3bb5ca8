"""What an MQTT payload says: a bare value, a list of values, or JSON `{"value": …, "when": …}`; and the way back."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from engines.control.command import Value
from engines.control.tree import BY_PATH, When

MAX_BYTES = 4096

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Scalar = Whole | float | str | bool


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON object; its shape bounds its depth."""

    value: Scalar | list[Scalar] | None = None
    when: str | None = None


class PayloadError(ValueError):
    """A payload that says nothing; the text is the reason."""


def arguments(path: str, payload: bytes) -> list[Scalar]:
    """Return what a command on `path` was given, as an OSC message would carry it."""
    if len(payload) > MAX_BYTES:
        raise PayloadError(f"payload of {len(payload)} bytes: at most {MAX_BYTES}")
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise PayloadError(f"payload is not UTF-8 (byte {error.start})") from error
    try:
        return _json(text) if text[:1] in ("{", "[", '"') else _bare(path, text)
    except msgspec.MsgspecError as error:
        raise PayloadError(f"payload is no JSON that we know: {error}") from error


def _json(text: str) -> list[Scalar]:
    if text[0] == "[":
        return msgspec.json.decode(text, type=list[Scalar])
    if text[0] == '"':
        return [msgspec.json.decode(text, type=str)]
    wish = msgspec.json.decode(text, type=Wish)
    value = [] if wish.value is None else wish.value
    values = list(value) if isinstance(value, list) else [value]
    if wish.when is None:
        return values
    if wish.when.lower() not in When.__members__:
        raise PayloadError(f"when {wish.when[:40]!r}: must be {', '.join(When.__members__)}")
    return [*values, wish.when]


def _bare(path: str, text: str) -> list[Scalar]:
    """Read one word or number; where a text is wanted, 1 is a text."""
    if not text:
        return []
    parameter = BY_PATH.get(path)
    first = parameter.arguments[0] if parameter and parameter.arguments else None
    if first is not None and first.type == "s" and first.names != "section":
        return [text]
    try:
        return [msgspec.json.decode(text, type=Whole | float | bool)]
    except msgspec.MsgspecError:
        return [text]


def words(values: Sequence[Value]) -> str:
    """Return the bare form of a state: several values are joined by a space."""
    return " ".join(f"{value:.10g}" if isinstance(value, float) else str(value) for value in values)
