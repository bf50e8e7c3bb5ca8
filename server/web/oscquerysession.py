"""One WebSocket of OSCQuery: LISTEN and IGNORE in JSON, values out and commands in as OSC packets.

Laws: what comes in is bounded per second, what a session remembers is bounded by the tree; nothing here waits. A
binary frame is a datagram of another wire: commands, bundles, time tags, questions (/get, /status …), refusals and
floods are met by the OSC surface as on UDP.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

import msgspec

from engines.control.tree import BY_PATH, STATE_PATHS
from server.config import Osc
from server.stage import Event
from server.surfaces.osc.encode import encode
from server.surfaces.osc.news import Coalescer
from server.surfaces.osc.subscribers import STATE
from server.surfaces.osc.surface import OscSurface
from server.surfaces.osc.wire import Address, Wire
from server.web.oscquery import OscQuery, told
from server.web.oscquerynodes import Node

log = logging.getLogger("melody-engine")

MAX_FRAME_BYTES: Final = 4096
"""A bundle of 150 messages, 7 ms of work."""
BYTES_PER_S: Final = 32_768
"""Of all frames together: 8 faders at 60 Hz; in bundles some 1,200 messages, 60 ms of work."""
LEAST_BYTES: Final = 64
"""What a frame counts at least."""
LEASE_S: Final = 60.0
PEER: Final[Address] = ("websocket", 0)
"""Whom the OSC surface believes to speak with: no address, therefore not this machine."""


class _Request(msgspec.Struct):
    """What a client says: `{"COMMAND": "LISTEN", "DATA": "/tension"}`."""

    command: str = msgspec.field(name="COMMAND")
    data: object = msgspec.field(name="DATA", default=None)


class _Frames(Wire):
    """A wire whose datagrams are binary frames; it is never opened."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        super().__init__(str(PEER[0]), 0, 0)
        self._frame = send

    def send(self, data: bytes, to: Address) -> bool:  # noqa: ARG002
        """Send a frame."""
        self._frame(data)
        return True


class OscQuerySession:
    """Speaks with one client; send_text, send_bytes: take a frame at once, never wait, and bound what piles up."""

    def __init__(
        self,
        query: OscQuery,
        send_text: Callable[[str], None],
        send_bytes: Callable[[bytes], None],
        *,
        paired: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to tell what changes."""
        self._query, self._send_text, self._send_bytes, self._now = query, send_text, send_bytes, now
        config = Osc(host=str(PEER[0]), port=0, receive_buffer=0, lease_s=LEASE_S)
        wire = _Frames(send_bytes)
        self._osc = OscSurface(config, query.stage, now, paired=lambda _host: paired, wire=wire, lines=query.lines)
        self._osc.listen()
        self._listening: dict[str, dict[str, None]] = {}
        self._coalescer = Coalescer()
        self._timer: asyncio.TimerHandle | None = None
        self._window, self._spent = now(), 0
        self._ends = [query.watch(self._changed), query.stage.listen(self._heard), self._osc.close]

    def text(self, frame: str) -> None:
        """Take a text frame, whatever it is."""
        if not self._may(len(frame)):
            return
        try:
            request = msgspec.json.decode(frame, type=_Request)
        except (msgspec.DecodeError, UnicodeEncodeError):
            self._osc.refuse(PEER, "/", 'a text frame is JSON like {"COMMAND": "LISTEN", "DATA": "/tension"}')
            return
        if request.command in ("LISTEN", "IGNORE"):
            self._listen(request.data, begin=request.command == "LISTEN")

    def binary(self, frame: bytes) -> None:
        """Take a binary frame: an OSC packet."""
        if self._may(len(frame)):
            self._osc.datagram(frame, PEER)

    def close(self) -> None:
        """Say nothing more; safe to call twice."""
        while self._ends:
            self._ends.pop()()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _may(self, size: int) -> bool:
        """Count a frame; whether it is taken."""
        if self._now() - self._window >= 1.0:
            self._window, self._spent = self._now(), 0
        self._spent += max(size, LEAST_BYTES)
        if size <= MAX_FRAME_BYTES and self._spent <= BYTES_PER_S:
            return True
        self._query.stage.count_refusal()
        if self._query.lines.take("frames", self._now()) >= 0:
            most = f"{MAX_FRAME_BYTES} bytes in a frame, {BYTES_PER_S} in a second"
            log.warning("OSCQuery: frames of a client are dropped: more than %s", most)
        return False

    def _listen(self, data: object, *, begin: bool) -> None:
        path = data.strip("/").lower() if isinstance(data, str) else ""
        parameter = BY_PATH.get(path)
        if parameter is None or parameter.path not in STATE_PATHS:
            self._osc.refuse(PEER, "/", f"nothing to listen to at {str(data)[:64]!a}")
        elif begin:
            self._listening.setdefault(parameter.path, {})[path] = None
            self._tell(path, encode(f"/{path}", told(self._node(path), self._query.stage.state()[parameter.path])))
        else:
            self._listening.get(parameter.path, {}).pop(path, None)

    def _node(self, path: str) -> Node:
        return self._query.node(path, paired=True)

    def _heard(self, event: Event) -> None:
        if event.address.startswith(STATE):
            for path in self._listening.get(event.address.removeprefix(STATE), ()):
                self._tell(path, encode(f"/{path}", told(self._node(path), event.args)))

    def _tell(self, path: str, packet: bytes) -> None:
        if self._coalescer.offer(path, packet, self._now()):
            self._send_bytes(packet)
        elif self._timer is None:
            self._set_timer()

    def _flush(self) -> None:
        self._timer = None
        for path, packet in self._coalescer.take_due(self._now()):
            if path in self._listening.get(BY_PATH[path].path, ()):
                self._send_bytes(packet)
        self._set_timer()

    def _set_timer(self) -> None:
        due = self._coalescer.next_due()
        if due is not None:
            delay = max(due - self._now(), 0.0)
            self._timer = asyncio.get_running_loop().call_later(delay, self._flush)

    def _changed(self, path: str) -> None:
        self._send_text(msgspec.json.encode({"COMMAND": "PATH_CHANGED", "DATA": f"/{path}"}).decode())
