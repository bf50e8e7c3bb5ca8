"""The UDP socket: opened with room for bursts, drained in gulps, never waited for.

A plain reader instead of asyncio's datagram transport, which takes one datagram per turn of the loop and queues
without bound what cannot be sent at once.
"""

import asyncio
import contextlib
import logging
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, Final

log = logging.getLogger("melody-engine")

Address = tuple[Any, ...]
"""Host and port, and for IPv6 two numbers more."""

DRAIN: Final = 32
"""Datagrams taken per turn of the loop: about 1 ms of work, then the others have their turn."""
HERE: Final = "127.0.0.1"
TWINNED: Final = (HERE, "0.0.0.0", "localhost")  # noqa: S104
IPV6_PARTS: Final = 4
_DATAGRAM_BYTES: Final = 65_536
_SEND_BUFFER: Final = 1 << 20
_SO_RCVBUFFORCE: Final = 33
_SO_RXQ_OVFL: Final = 40
"""Linux socket options that the socket module does not name (asm-generic/socket.h)."""
_LINUX: Final = bool(sys.platform == "linux")


class Wire:
    """One bound UDP socket on the running event loop.

    receive_buffer: bytes asked for; `granted`: bytes got. overflowed: datagrams that the kernel dropped because the
    buffer was full (Linux tells with the next datagram; 0 elsewhere). What listens on IPv4's loopback listens on
    that of IPv6, too, where it can: to some programs `localhost` means that one, and nobody tells them of a loss.
    """

    def __init__(self, host: str, port: int, receive_buffer: int) -> None:
        """Remember where to listen; nothing is open yet."""
        self._host, self._port = host, port
        self._wanted = receive_buffer
        self._socket: socket.socket | None = None
        self._twin: socket.socket | None = None
        self._receive: Callable[[bytes, Address], None] = lambda _data, _sender: None
        self.granted = 0
        self.overflowed = 0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port in use; the port is the real one where 0 was asked for."""
        name = self._socket.getsockname() if self._socket is not None else (self._host, self._port)
        return name[0], name[1]

    def open(self, receive: Callable[[bytes, Address], None]) -> None:
        """Bind and hand every datagram with its sender to `receive`; OSError says what to change."""
        self._receive = receive
        self._socket = _bound(self._host, self._port)
        self.granted = _widen(self._socket, self._wanted)
        self._twin = _twin(self.address[1], self._wanted) if self._host in TWINNED else None
        for udp in filter(None, (self._socket, self._twin)):
            asyncio.get_running_loop().add_reader(udp.fileno(), self._drain, udp)

    def send(self, data: bytes, to: Address) -> bool:
        """Send at once or not at all; False when it could not go (nobody there, no buffer, no route)."""
        udp = self._twin if self._twin is not None and len(to) == IPV6_PARTS else self._socket
        if udp is None:
            return False
        try:
            udp.sendto(data, to)
        except (OSError, OverflowError):
            return False
        return True

    def neighbour(self, sender: Address, port: int) -> Address:
        """Return where another port of the sender's host is: of this machine on IPv4, where programs listen."""
        if self._twin is not None and len(sender) == IPV6_PARTS:
            return HERE, port
        return sender[0], port, *sender[2:]

    def close(self) -> None:
        """Stop listening; safe to call twice."""
        for udp in filter(None, (self._socket, self._twin)):
            asyncio.get_running_loop().remove_reader(udp.fileno())
            udp.close()
        self._socket = self._twin = None

    def _drain(self, udp: socket.socket) -> None:
        for _ in range(DRAIN):
            if self._socket is None:
                return
            try:
                data, sender = self._take(udp)
            except BlockingIOError:
                return
            except OSError:
                continue  # an earlier reply was refused (ICMP): that is the peer's business
            self._receive(data, sender)

    def _take(self, udp: socket.socket) -> tuple[bytes, Address]:
        if not _LINUX:
            return udp.recvfrom(_DATAGRAM_BYTES)
        data, news, _flags, sender = udp.recvmsg(_DATAGRAM_BYTES, 64)
        for _level, kind, value in news:
            if kind == _SO_RXQ_OVFL:
                self.overflowed = struct.unpack("=I", value)[0]
        return data, sender


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        udp = socket.socket(family, kind, protocol)
    except OSError as error:
        raise OSError(error.errno, f"cannot listen for OSC on {host}: {error.strerror}. Change osc.host.") from None
    try:
        udp.setblocking(False)
        udp.bind(address)
    except OSError as error:
        udp.close()
        text = f"cannot listen for OSC on {host}:{port}: {os.strerror(error.errno or 0)}. "
        raise OSError(error.errno, text + "Change osc.port (or osc.host) in the configuration.") from None
    return udp


def _twin(port: int, wanted: int) -> socket.socket | None:
    """Return a socket on the same port of IPv6's loopback; None where there is none, or where it is another's."""
    with contextlib.suppress(OSError):
        udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        try:
            udp.setblocking(False)
            udp.bind(("::1", port))
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
        except OSError:
            udp.close()
            raise
        return udp
    return None


def _widen(udp: socket.socket, wanted: int) -> int:
    """Ask for a receive buffer of `wanted` bytes and for news of overflows; return the bytes granted."""
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    with contextlib.suppress(OSError):
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
    if not _LINUX:
        return udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    with contextlib.suppress(OSError):  # past the system's limit, where we may
        udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, wanted)
    udp.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
    granted = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2  # the kernel books twice what was asked for
    if granted < wanted:
        advice = f"sysctl -w net.core.rmem_max={wanted}"
        log.warning("OSC receive buffer: %d bytes, not %d; bursts may be lost: %s", granted, wanted, advice)
    return granted
