"""Bytes to OSC messages, strictly and within bounds: whatever arrives, a list or a BadPacketError, in under 1 ms.

OSC 1.0 and the common types beyond it (opensoundcontrol.stanford.edu/spec-1_0.html). Own code because the usual
parser can be stopped by one packet: negative element sizes, endless nesting, patterns that explode.
"""

import struct
from math import inf
from typing import Final

import msgspec

MAX_PACKET_BYTES: Final = 65_507
"""The largest UDP payload."""
MAX_DEPTH: Final = 8
MAX_ELEMENTS: Final = 512
"""Elements of one packet, nested ones included: enough for 512 channels in one frame."""
MAX_ARGS: Final = 1024
"""Arguments of one packet."""
MAX_ADDRESS: Final = 256
IMMEDIATELY: Final = 1
UNKNOWN: Final = 0
"""NTP's word for no time at all; senders that leave the tag empty mean at once."""

Arg = int | float | str | bytes | None

_BUNDLE: Final = b"#bundle\0"
_I32: Final = struct.Struct(">i")
_U32: Final = struct.Struct(">I")
_FIXED: Final = {tag: struct.Struct(">" + code) for tag, code in zip("ifhdtrc", "ifqdQII", strict=True)}
_CONSTANT: Final[dict[str, Arg]] = {"T": True, "F": False, "N": None, "I": inf}


class BadPacketError(ValueError):
    """A datagram that is no OSC packet; the text is the reason."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message: address, plain Python arguments (arrays flattened), NTP time tag or None = immediately."""

    address: str
    args: tuple[Arg, ...]
    tag: int | None = None


def decode(data: bytes) -> list[Message]:
    """Return the messages of a packet in order; an empty bundle (some senders' heartbeat) has none."""
    if not data or len(data) % 4 or len(data) > MAX_PACKET_BYTES:
        raise BadPacketError(f"{len(data)} bytes: an OSC packet has 4 to {MAX_PACKET_BYTES}, a multiple of 4")
    try:
        if data[0] == 0x2F:
            return [_message(data, None)]
        messages: list[Message] = []
        _bundle(data, None, messages, [MAX_ELEMENTS, MAX_ARGS], 1)
    except struct.error:
        raise BadPacketError("ends in the middle of an argument") from None
    except UnicodeDecodeError:
        raise BadPacketError("text that is not UTF-8") from None
    return messages


def _bundle(data: bytes, outer: int | None, messages: list[Message], left: list[int], depth: int) -> None:
    """Append the messages of a bundle; left: how many elements and arguments this packet may still have."""
    if len(data) < 16 or not data.startswith(_BUNDLE):
        raise BadPacketError("starts neither with / nor as a whole #bundle")
    if depth > MAX_DEPTH:
        raise BadPacketError(f"bundles nested deeper than {MAX_DEPTH}")
    tag: int | None = int.from_bytes(data[8:16], "big")
    if tag in (IMMEDIATELY, UNKNOWN):
        tag = outer
    for element in _elements(data, left):
        if element[0] == 0x2F:
            messages.append(_message(element, tag))
            left[1] -= len(messages[-1].args)
            if left[1] < 0:
                raise BadPacketError(f"more than {MAX_ARGS} arguments in one packet")
        else:
            _bundle(element, tag, messages, left, depth + 1)


def _elements(data: bytes, left: list[int]) -> list[bytes]:
    """Return the elements of a bundle, none of them read yet: too many are refused before any work is done."""
    elements: list[bytes] = []
    position = 16
    while position < len(data):
        (size,) = _I32.unpack_from(data, position)
        start, position = position + 4, position + 4 + size
        left[0] -= 1
        if size <= 0 or size % 4 or position > len(data) or left[0] < 0:
            raise BadPacketError(_element_reason(size, left[0]))
        elements.append(data[start:position])
    return elements


def _element_reason(size: int, left: int) -> str:
    if left < 0:
        return f"more than {MAX_ELEMENTS} elements in one packet"
    return f"bundle element of size {size}: not a positive multiple of 4 within the packet"


def _message(data: bytes, tag: int | None) -> Message:
    end = data.find(0)
    if not 0 < end <= MAX_ADDRESS:
        raise BadPacketError(f"address unterminated or longer than {MAX_ADDRESS} bytes")
    address, position = _text(data, 0)
    if position >= len(data) or data[position] != 0x2C:
        return Message(address, (), tag)  # senders without a type-tag string exist: no arguments then
    tags, position = _text(data, position)
    if tags == ",f" and len(data) == position + 4:
        return Message(address, _FIXED["f"].unpack_from(data, position), tag)
    return Message(address, _args(data, tags, position), tag)


def _text(data: bytes, start: int) -> tuple[str, int]:
    end = data.find(0, start)
    if end < 0:
        raise BadPacketError("unterminated text")
    stop = (end | 3) + 1
    if data.count(0, end, stop) != stop - end:
        raise BadPacketError("text with bytes after its end")
    return str(data[start:end], "utf-8"), stop


def _args(data: bytes, tags: str, position: int) -> tuple[Arg, ...]:
    if len(tags) > MAX_ARGS:
        raise BadPacketError(f"more than {MAX_ARGS} arguments in one packet")
    args: list[Arg] = []
    open_arrays = 0
    for tag in tags[1:]:
        if tag in _CONSTANT:
            args.append(_CONSTANT[tag])
        elif tag in "[]":
            open_arrays += 1 if tag == "[" else -1
            if not 0 <= open_arrays <= MAX_DEPTH:
                raise BadPacketError(f"arrays unbalanced or nested deeper than {MAX_DEPTH}")
        else:
            value, position = _value(data, tag, position)
            args.append(value)
    if open_arrays or position != len(data):
        raise BadPacketError("an array is left open" if open_arrays else "arguments and type tags differ in length")
    return tuple(args)


def _value(data: bytes, tag: str, position: int) -> tuple[Arg, int]:
    if tag in "sS":
        return _text(data, position)
    if tag in _FIXED:
        fixed = _FIXED[tag]
        (value,) = fixed.unpack_from(data, position)
        return (_character(value) if tag == "c" else value), position + fixed.size
    if tag == "b":
        return _blob(data, position)
    if tag == "m":
        _U32.unpack_from(data, position)  # raises where fewer than four bytes are left
        return data[position : position + 4], position + 4
    raise BadPacketError(f"unknown type tag {tag!a}")


def _character(code: int) -> str:
    if not code < 0xD800 and not 0xDFFF < code <= 0x10FFFF:
        raise BadPacketError(f"{code} is no character")
    return chr(code)


def _blob(data: bytes, position: int) -> tuple[bytes, int]:
    (size,) = _I32.unpack_from(data, position)
    stop = position + 4 + size
    if size < 0 or stop > len(data):
        raise BadPacketError(f"blob of size {size} in {len(data)} bytes")
    return data[position + 4 : stop], (stop + 3) & ~3
