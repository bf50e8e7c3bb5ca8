"""HTTP and WebSocket from outside, with every header as the test wants it: browsers and attackers alike."""

import contextlib
import http.client
import socket
from collections.abc import AsyncIterator

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def get(port: int, path: str, host: str = "127.0.0.1", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body; a header `Host` replaces ours."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    with contextlib.closing(connection):
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in ({"Accept": "text/html"} | headers).items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def figures(port: int) -> dict[str, float]:
    """Return the figures of `/metrics` that have no labels."""
    lines = get(port, "/metrics")[2].decode().splitlines()
    return {
        name: float(value) for name, value in (line.split(" ") for line in lines if line[0] != "#" and "{" not in line)
    }


def plug(port: int, sent: bytes = b"") -> socket.socket:
    """Return a connection that has said `sent`."""
    tcp = socket.create_connection(("127.0.0.1", port), timeout=10)
    tcp.sendall(sent)
    return tcp


@contextlib.asynccontextmanager
async def page(port: int, path: str = "/ws", host: str = "127.0.0.1", **headers: str) -> AsyncIterator["Page"]:
    """Be a page; its own Origin unless told otherwise."""
    own = {"Origin": f"http://{host}:{port}"} | headers
    async with ClientSession() as session, session.ws_connect(
        f"http://{host}:{port}{path}", headers={k: v for k, v in own.items() if v}, max_msg_size=0
    ) as ws:  # fmt: skip
        yield Page(ws)


class Page:
    """One WebSocket; ended: code and reason of the close, None while it is open."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.ended: tuple[int, str] | None = None

    async def say(self, **words: object) -> None:
        await self.ws.send_bytes(msgspec.json.encode(words))

    async def hear(self, kind: str, wanted=lambda _: True) -> object:
        """Return the next frame of this kind that is as wanted, None when the conversation ends."""
        while True:
            message = await self.ws.receive(timeout=20)
            if message.type is not WSMsgType.TEXT:
                self.ended = (message.data, message.extra) if message.type is WSMsgType.CLOSE else (0, "")
                return None
            each = msgspec.json.decode(message.data)
            if kind in each and wanted(each[kind]):
                return each[kind] if kind not in ("reply", "time") else each
