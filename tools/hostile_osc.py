"""Packets that stopped other OSC servers, and every other way in which one can be wrong: for tests and `bench osc`."""

import struct
from typing import Final


def text(value: str | bytes) -> bytes:
    """Return an OSC string, whatever its bytes."""
    data = value.encode() if isinstance(value, str) else value
    return data + bytes(4 - len(data) % 4)


def message(address: str, tags: str = ",", body: bytes = b"") -> bytes:
    """Return a message whose tags and body need not fit."""
    return text(address) + text(tags) + body


def bundle(*elements: bytes, tag: int = 1) -> bytes:
    """Return a bundle of anything."""
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(struct.pack(">i", len(e)) + e for e in elements)


def nested(depth: int, inner: bytes = b"") -> bytes:
    """Return bundles in bundles."""
    packet = bundle(*([inner] if inner else []))
    for _ in range(depth - 1):
        packet = bundle(packet)
    return packet


def element(size: int, rest: bytes = b"") -> bytes:
    """Return a bundle whose element lies about its size."""
    return b"#bundle\0" + bytes(7) + b"\1" + struct.pack(">i", size) + rest


PLAY: Final = message("/play")
I32: Final = struct.Struct(">i").pack

HOSTILE: Final[dict[str, tuple[bytes, bool]]] = {
    "bundle an hour ahead": (bundle(PLAY, tag=0xFFFF_FFFF_0000_0000), True),
    "bundle at the end of time": (bundle(PLAY, tag=2**64 - 1), True),
    "time tag 0": (bundle(PLAY, tag=0), True),
    "element of size -4": (element(-4, bytes(8)), False),
    "element of size -2^31": (element(-(2**31), bytes(8)), False),
    "element of size 0": (element(0, bytes(8)), False),
    "element of size 2^31-1": (element(2**31 - 1, bytes(8)), False),
    "element of size 6": (element(6, bytes(8)), False),
    "element beyond the packet": (element(64, bytes(8)), False),
    "element size cut short": (bundle() + b"\0\0", False),
    "fifteen stars": (message("/" + "*" * 15 + "x"), True),
    "a thousand stars": (message("/" + "*" * 1000 + "x"), False),
    "bundles nested 3,250 deep": (nested(3250), False),
    "bundles nested 9 deep": (nested(9), False),
    "bundles nested 8 deep": (nested(8, PLAY), True),
    "empty bundle": (bundle(), True),
    "3,000 empty bundles": (bundle(*[bundle()] * 3000), False),
    "5,000 messages": (bundle(*[b"/\0\0\0,\0\0\0"] * 5000), False),
    "65,000 arguments": (message("/a", "," + "T" * 65_000), False),
    "60,000 arguments in 240 messages": (bundle(*[message("/a", "," + "T" * 250)] * 240), False),
    "address not UTF-8": (b"/\xff\xfe\xfd\0\0\0\0,\0\0\0", False),
    "string not UTF-8": (message("/a", ",s", b"\xff\xfe\xfd\0"), False),
    "overlong UTF-8": (message("/a", ",s", b"\xc0\xaf\0\0"), False),
    "surrogate in UTF-8": (message("/a", ",s", b"\xed\xa0\x80\0"), False),
    "nothing": (b"", False),
    "one byte": (b"/", False),
    "65,507 bytes": (b"/" * 65_507, False),
    "65,504 letters without end": (b"/" * 65_504, False),
    "65,504 zeros": (bytes(65_504), False),
    "#bundle of 7 bytes": (b"#bundle", False),
    "#bundle of 8 bytes": (b"#bundle\0", False),
    "#bundle of 12 bytes": (b"#bundle\0\0\0\0\0", False),
    "neither / nor #": (b"abc\0,\0\0\0", False),
    "unbalanced [ in the address": (message("/[a"), True),
    "unbalanced { in the address": (message("/{a"), True),
    "[z-a] in the address": (message("/[z-a]"), True),
    "[!] in the address": (message("/[!]"), True),
    "two commas": (message("/a", ",,"), False),
    "no comma": (message("/a", "ff", bytes(8)), True),
    "no type tags at all": (text("/play"), True),
    "unknown type tag": (message("/a", ",x", bytes(4)), False),
    "type tag beyond ASCII": (message("/a", ",ÿ", bytes(4)), False),
    "type tags without end": (text("/a") + b",fff", False),
    "arrays [[[": (message("/a", ",[[["), False),
    "array ]": (message("/a", ",]"), False),
    "array depth 100": (message("/a", "," + "[" * 100 + "]" * 100), False),
    "blob of size -1": (message("/a", ",b", I32(-1)), False),
    "blob of size -2^31": (message("/a", ",b", I32(-(2**31)) + bytes(8)), False),
    "blob of size 2^31-1": (message("/a", ",b", I32(2**31 - 1)), False),
    "blob without padding": (message("/a", ",b", I32(5) + b"12345678"), True),
    "blob one byte too long": (message("/a", ",b", I32(9) + bytes(8)), False),
    "unterminated string": (message("/a", ",s", b"abcd"), False),
    "zero byte within a string": (message("/a", ",s", b"a\0b\0"), False),
    "argument missing": (message("/a", ",ff", bytes(4)), False),
    "double cut in half": (message("/a", ",d", bytes(4)), False),
    "midi cut off": (message("/a", ",m"), False),
    "bytes after the arguments": (message("/a", ",i", bytes(8)), False),
    "address of 4,096 letters": (message("/" + "a" * 4095), False),
    "character beyond Unicode": (message("/a", ",c", b"\x7f\xff\xff\xff"), False),
    "character that is half a pair": (message("/a", ",c", b"\0\0\xd8\0"), False),
    "not a number": (message("/tension", ",f", struct.pack(">f", float("nan"))), True),
    "infinity": (message("/tension", ",f", struct.pack(">f", float("inf"))), True),
    "minus infinity, double": (message("/tension", ",d", struct.pack(">d", float("-inf"))), True),
    "denormal": (message("/tension", ",f", b"\0\0\0\1"), True),
    "infinitum as a section": (message("/section", ",I"), True),
    "a bad element behind a good one": (bundle(PLAY, b"abcd"), False),
}
"""Name: packet, and whether it is well-formed (then it is the commands' business)."""
