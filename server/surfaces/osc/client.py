"""The other end: one message to a running server and everything it answers (`melody-engine send`)."""

import itertools
import os
import socket
import time
from collections.abc import Sequence

from engines.control.command import Value
from engines.control.tree import BY_PATH, STATE_PATHS, Argument
from server.surfaces.osc.encode import encode, encode_bundle
from server.surfaces.osc.fanout import matching
from server.surfaces.osc.packet import Arg, BadPacketError, Message, decode
from server.surfaces.osc.pattern import BadPatternError, has_wildcards

_serial = itertools.count(os.getpid() % 10_000 * 100_000 + 1)


def request(host: str, port: int, address: str, args: Sequence[Arg], timeout: float = 2.0) -> list[Message]:
    """Send one message and return the replies until the server has dealt with it.

    A state parameter that is set is read back; the first slash of an address may be left out. One bundle carries
    message, `/get` and `/sync`, so that they stay in order. TimeoutError when nobody answers in `timeout` s; OSError
    when the host does not exist.
    """
    serial, address = next(_serial), "/" + address.lstrip("/")
    family, kind, protocol, _name, to = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as udp:
        udp.connect(to)  # so that a refusal (nobody listens there) comes back at once
        udp.send(encode_bundle([encode(address, args), *_read_back(address), encode("/sync", (serial,))]))
        return _until_synced(udp, serial, time.monotonic() + timeout, f"{host}:{port}")


def rejections(replies: Sequence[Message]) -> list[str]:
    """Return the reasons among the replies, for the exit code and the person."""
    return [": ".join(map(str, reply.args)) for reply in replies if reply.address == "/rejected"]


def typed(address: str, words: Sequence[str]) -> list[Value]:
    """Read the words of a command line as the address wants them: where it wants a name, 1 is a name."""
    parameter = BY_PATH.get(address.lstrip("/").lower())
    arguments = parameter.arguments if parameter else ()
    last = [arguments[-1]] * len(words) if arguments and arguments[-1].many else []
    wanted = itertools.chain(arguments, last, itertools.repeat(None))
    return [word if _is_name(argument) else number_or_text(word) for word, argument in zip(words, wanted, strict=False)]


def _is_name(argument: Argument | None) -> bool:
    return argument is not None and argument.type == "s" and argument.names != "section"


def number_or_text(word: str) -> Value:
    """Read a word of the command line: 3 is an integer, 0.8 a float, all else text."""
    for read in (int, float):
        try:
            return read(word)
        except ValueError:
            continue
    return word


def _read_back(address: str) -> list[bytes]:
    paths = [path for path in _paths(address.lstrip("/").lower()) if path in STATE_PATHS]
    return [encode("/get", paths)] if paths else []


def _paths(path: str) -> Sequence[str]:
    """Return the paths that an address, or a pattern, stands for."""
    if path in BY_PATH:
        return (BY_PATH[path].path,)
    try:
        return matching(path) if has_wildcards(path) else ()
    except BadPatternError:  # the server says so
        return ()


def _until_synced(udp: socket.socket, serial: int, end: float, where: str) -> list[Message]:
    replies: list[Message] = []
    while (left := end - time.monotonic()) > 0:
        udp.settimeout(left)
        try:
            messages = decode(udp.recv(65_536))
        except (TimeoutError, ConnectionRefusedError):
            break
        except BadPacketError:
            continue
        for message in messages:
            if message.address == "/synced" and message.args == (serial,):
                return replies
            replies.append(message)
    raise TimeoutError(f"no answer from {where}: is melody-engine serving there?")
