"""The load of `bench web`, in a process of its own: pages that steer, one that never reads, a flood of OSC.

`python -m tools.web_load WEB_PORT OSC_PORT SECONDS PAGES HZ OSC_PER_S` prints what was sent and heard as JSON.
"""

import asyncio
import json
import socket
import sys
import time
from collections import Counter
from typing import Any, Final

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from server.surfaces.osc.encode import encode

FADERS: Final = ("/density", "/variation", "/voice/lead/level", "/voice/pad/level", "/voice/arp/level")
BATCH_S: Final = 0.002
SETTLE_S: Final = 1.0
HANDSHAKE: Final = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Load:
    """Counts: commands and osc sent; replies, bars and states heard; ended = pages that were sent away."""

    def __init__(self, web_port: int, osc_port: int, seconds: float) -> None:
        """Begin now."""
        self._web_port, self._osc_port = web_port, osc_port
        self._end = time.monotonic() + seconds
        self.counts: Counter[str] = Counter()
        self._bars: list[int] = []

    async def run(self, pages: int, hz: float, osc_per_s: float) -> dict[str, Any]:
        """Load; return the counts; bars_least: those that the page heard which heard the fewest."""
        flood = asyncio.to_thread(self._flood, osc_per_s)
        steering = (self._page(number, hz) for number in range(pages - 1))
        await asyncio.gather(flood, asyncio.to_thread(self._stalled, hz), *steering)
        return dict(self.counts) | {"bars_least": min(self._bars, default=0), "bars_most": max(self._bars, default=0)}

    async def _page(self, number: int, hz: float) -> None:
        async with ClientSession() as session, session.ws_connect(
            f"http://127.0.0.1:{self._web_port}/ws", max_msg_size=0
        ) as ws:  # fmt: skip
            heard: Counter[str] = Counter()
            hearing = asyncio.create_task(_hear(ws, heard))
            begin, sent = time.monotonic(), 0
            while (now := time.monotonic()) < self._end and not hearing.done():
                words = {"do": FADERS[number % len(FADERS)], "args": [sent % 100 / 100], "id": sent}
                await ws.send_bytes(msgspec.json.encode(words))
                sent += 1
                await asyncio.sleep(max(0.0, begin + sent / hz - now))
            await asyncio.sleep(SETTLE_S)  # the last replies are on their way
            self.counts["ended"] += hearing.done()
            hearing.cancel()
        self._bars.append(heard["bar"])
        self.counts += Counter(commands=sent, replies=heard["reply"], states=heard["state"], pages=1)

    def _stalled(self, hz: float) -> None:
        """Send as fast as the others, and never read."""
        with socket.socket() as tcp:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # else our own system takes megabytes for us
            tcp.connect(("127.0.0.1", self._web_port))
            tcp.sendall(HANDSHAKE)
            words = msgspec.json.encode({"do": "/swing", "args": [0], "id": "x" * 40})
            while time.monotonic() < self._end:
                try:
                    tcp.sendall(bytes((0x82, 0x80 | len(words))) + bytes(4) + words)
                except OSError:
                    self.counts["stalled_cut_off"] = 1
                    return
                time.sleep(1 / hz)

    def _flood(self, rate: float) -> None:
        packets = [encode(f"/voice/{voice}/level", (step / 100,)) for voice in ("bass", "drums") for step in range(100)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", self._osc_port))
            begin, sent = time.monotonic(), 0
            while (now := time.monotonic()) < self._end:
                while sent < (now - begin) * rate:
                    udp.send(packets[sent % len(packets)])
                    sent += 1
                time.sleep(BATCH_S)
        self.counts["osc"] = sent


async def _hear(ws: ClientWebSocketResponse, heard: Counter[str]) -> None:
    async for message in ws:
        if message.type is WSMsgType.TEXT:
            heard[message.data[2 : message.data.index('"', 2)]] += 1


if __name__ == "__main__":
    web, osc, count = (int(word) for word in (sys.argv[1], sys.argv[2], sys.argv[4]))
    load = Load(web, osc, float(sys.argv[3]))
    json.dump(asyncio.run(load.run(count, float(sys.argv[5]), float(sys.argv[6]))), sys.stdout)
