"""Messages to bytes: only the types i f s b, which every receiver understands (Pd and Max know no others well)."""

import struct
from collections.abc import Iterable, Sequence

from server.surfaces.osc.packet import IMMEDIATELY, Arg

INT32_MAX = 2**31 - 1
FLOAT32_MAX = 3.4028234663852886e38


def encode(address: str, args: Iterable[Arg]) -> bytes:
    """Return the packet of one message; integers beyond 32 bit become f, booleans and None i."""
    tags, body = [","], []
    for arg in args:
        tag, value = _argument(arg)
        tags.append(tag)
        body.append(value)
    return _text(address) + _text("".join(tags)) + b"".join(body)


def encode_bundle(packets: Sequence[bytes], tag: int = IMMEDIATELY) -> bytes:
    """Return a bundle of packets with an NTP time tag (1 = immediately)."""
    return struct.pack(">8sQ", b"#bundle", tag) + b"".join(struct.pack(">i", len(p)) + p for p in packets)


def _argument(arg: Arg) -> tuple[str, bytes]:
    if isinstance(arg, str):
        return "s", _text(arg)
    if isinstance(arg, bytes):
        return "b", struct.pack(">i", len(arg)) + arg + bytes(-len(arg) % 4)
    if isinstance(arg, float) or (isinstance(arg, int) and not -INT32_MAX - 1 <= arg <= INT32_MAX):
        return "f", struct.pack(">f", arg if not abs(arg) > FLOAT32_MAX else float("inf") * (1 if arg > 0 else -1))
    return "i", struct.pack(">i", arg or 0)


def _text(text: str) -> bytes:
    data = text.replace("\0", "").encode("utf-8", "replace")
    return data + bytes(4 - len(data) % 4)
