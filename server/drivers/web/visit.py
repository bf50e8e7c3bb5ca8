"""One WebSocket, from greeting to good-bye."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from aiohttp import WebSocketError, WSMsgType, web

from server.config import Web
from server.drivers.web.connection import BUFFER_BYTES
from server.drivers.web.site import Site
from server.web.asked import Upgrade
from server.web.outbox import Frame, Outbox
from server.web.session import Talk

FRAMES_AT_ONCE: Final = 8
"""Messages taken from one client, then the others have their turn: about half a millisecond."""
GOODBYE_S: Final = 1.0
GONE, BAD, BIG = 1001, 1008, 1009
"""Codes of RFC 6455: going away, against the rules, too large."""
MAX_REASON: Final = 120
"""Bytes of a close frame's reason, RFC 6455 allows 123."""


class End(NamedTuple):
    """How a conversation ends: close code and reason, kind of refusal ("" = none)."""

    code: int
    reason: str
    kind: str


class Socket(web.WebSocketResponse):
    """aiohttp's WebSocket, which says why it closes after a message that is too large."""

    limit = 0

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        """Close."""
        if code == BIG and not message:
            message = f"a message may have {self.limit} bytes".encode()
        return await super().close(code=code, message=message, drain=drain)


async def visit(request: web.BaseRequest, config: Web, site: Site, upgrade: Upgrade) -> web.StreamResponse:
    """Let a client in and speak with it until one of us goes, or it does not read."""
    remote = request.remote or ""
    # no compression: it costs time, and a small message could unpack to a large one
    socket = Socket(
        timeout=GOODBYE_S, heartbeat=config.stalled_s, compress=False, max_msg_size=config.frame_bytes,
        writer_limit=BUFFER_BYTES,
    )  # fmt: skip
    socket.limit = config.frame_bytes
    await socket.prepare(request)
    transport = request.transport
    if transport is None:
        return socket

    def cut_off(reason: str) -> None:
        site.drop(remote, reason)
        transport.abort()

    too_much = f"more than {config.outbox_bytes} bytes or {config.outbox_frames} messages wait for it"
    outbox = Outbox(config.outbox_bytes, config.outbox_frames, lambda: cut_off(too_much))
    with site.talk(upgrade, outbox) as talk:
        sender = asyncio.create_task(_send(socket, outbox, config.stalled_s, cut_off), name="web visit")
        end = End(GONE, "the server ends", "")
        try:
            end = await _hear(socket, talk)
        finally:
            sender.cancel()
            if end.kind:
                site.refuse(end.kind, remote, end.reason)
            await _say_goodbye(socket, outbox, end)
            transport.abort()
    return socket


async def _hear(socket: Socket, talk: Talk) -> End:
    """Take messages until the client goes, or has to."""
    count = 0
    while True:
        message = await socket.receive()
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            if reason := talk.take(message.data):
                return End(BAD, reason, "frames")
        elif isinstance(message.data, WebSocketError):  # aiohttp has closed already
            return End(message.data.code, str(message.data).split("\n", maxsplit=1)[0], "frames")
        else:
            return End(GONE, "", "")
        count += 1
        if count % FRAMES_AT_ONCE == 0:
            await asyncio.sleep(0)


async def _send(socket: Socket, outbox: Outbox, stalled_s: float, cut_off: Callable[[str], None]) -> None:
    """Send what waits, until the client is gone or takes nothing for so long."""
    try:
        while True:
            frames = await outbox.collect()
            async with asyncio.timeout(stalled_s):
                await _say(socket, frames)
    except TimeoutError:
        cut_off(f"read nothing for {stalled_s:g} s")
    except ConnectionError:
        return


async def _say(socket: Socket, frames: Sequence[Frame]) -> None:
    for data, binary in frames:
        await socket.send_frame(data, WSMsgType.BINARY if binary else WSMsgType.TEXT)


async def _say_goodbye(socket: Socket, outbox: Outbox, end: End) -> None:
    """Send what still waits and close, within GOODBYE_S."""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(GOODBYE_S):
            if not socket.closed:
                await _say(socket, outbox.take())
                await socket.close(code=end.code, message=end.reason.encode()[:MAX_REASON])
