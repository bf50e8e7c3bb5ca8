"""Messages to bytes: only the types i f s b, which every receiver understands (Pd and Max know no others well)."""

import math
import struct
from collections.abc import Iterable, Sequence

from pythonosc.parsing import osc_types

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
        return "b", osc_types.write_blob(arg) if arg else osc_types.write_int(0)  # python-osc refuses an empty blob
    if isinstance(arg, float) or (isinstance(arg, int) and not -INT32_MAX - 1 <= arg <= INT32_MAX):
        return "f", osc_types.write_float(arg if not abs(arg) > FLOAT32_MAX else math.copysign(math.inf, arg))
    return "i", osc_types.write_int(int(arg or 0))


def _text(text: str) -> bytes:
    return bytes(osc_types.write_string(text.replace("\0", "").encode("utf-8", "replace").decode()))
