"""The driver: listens, hands every request to the surface as a value, sends what it answers."""

import asyncio
import contextlib
import errno
import os
import socket
from typing import Final

from aiohttp import web

from server.config import Web
from server.drivers.web.connection import SERVER, Listener
from server.drivers.web.flow import flow
from server.drivers.web.site import Site
from server.drivers.web.visit import visit
from server.web.asked import Answer, Asked, Cut, Flow, Upgrade
from server.web.door import COOKIE, Knock
from server.web.pages import SAFE
from server.web.places import Places

BACKLOG: Final = 64
SOCKET_BYTES: Final = 131_072
"""What the kernel may keep per connection; by itself it would keep megabytes for each client that does not read."""
AGAIN_S: Final = 5.0
TAPES: Final = 4
"""Recordings under way at once; each is a process until it has been taken."""
FULL: Final = Answer(503, b"%d recordings are being sent; try again in a moment" % TAPES, headers={"Retry-After": "2"})
GOODBYE_S: Final = 2.0
LAST_WORDS_S: Final = 0.1
"""For answers that are being sent; aiohttp takes 0 for ever."""


class WebDriver:
    """Runs until cancelled."""

    def __init__(self, config: Web, site: Site) -> None:
        """Prepare; nothing is open until `run`."""
        self._config, self._site = config, site
        self._visits: set[asyncio.Task[object]] = set()
        self._places = Places(config.clients)
        self._tapes = asyncio.Semaphore(TAPES)

    async def run(self) -> None:
        """Listen; where the port cannot be had, say so once and try again."""
        told = ""
        while True:
            try:
                listening = await bound(self._config)
            except OSError as error:
                self._site.tell("waiting", "" if str(error) == told else str(error))
                told = str(error)
                await asyncio.sleep(AGAIN_S)
            else:
                await self._serve(listening)

    async def _serve(self, listening: socket.socket) -> None:
        listener = Listener(self._config, self._site, self._handle)
        server = await asyncio.get_running_loop().create_server(listener, sock=listening, backlog=BACKLOG)
        self._site.tell("open", "")
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for task in self._visits:
                task.cancel()
            if self._visits:
                await asyncio.wait(self._visits, timeout=GOODBYE_S)
            await listener.shutdown(LAST_WORDS_S)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = asked_by(request)
        answer = self._site.answer(asked)
        if isinstance(answer, Cut):
            return await self._send_tape(request, answer)
        if isinstance(answer, Upgrade):
            return await self._visit(request, answer)
        return response(answer)

    async def _send_tape(self, request: web.BaseRequest, cut: Cut) -> web.StreamResponse:
        """Send the recording and wait until it is taken, so that it counts until then."""
        if self._tapes.locked():
            return response(FULL)
        async with self._tapes, self._site.cut(cut.bars) as answer:
            if isinstance(answer, Flow):
                return await flow(request, answer, self._site)
            made = response(answer)
            await request.protocol.finish_response(request, made, None)
            return made

    async def _visit(self, request: web.BaseRequest, upgrade: Upgrade) -> web.StreamResponse:
        remote = request.remote or ""
        if not self._places.take(remote):
            self._site.refuse("clients", remote, f"{len(self._places)} clients are here already")
            return response(Answer(503, b"too many clients\n", headers={"Connection": "close"}))
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        try:
            return await visit(request, self._config, self._site, upgrade)
        except web.HTTPException as error:  # the handshake is none
            self._site.refuse("malformed", remote, (error.text or "no handshake").strip()[:80])
            return response(Answer(400, b"no WebSocket handshake\n", headers={"Connection": "close"}))
        finally:
            self._visits.discard(task)
            self._places.leave(remote)


def asked_by(request: web.BaseRequest) -> Asked:
    """Return a request as a value."""
    hosts = request.headers.getall("Host", [])
    origins = request.headers.getall("Origin", [])
    token = request.query.get("token", "")
    if not token:
        with contextlib.suppress(ValueError):
            token = request.cookies.get(COOKIE, "")
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return Asked(
        method=request.method,
        path=request.path,
        query=request.query_string,
        accept=request.headers.get("Accept", ""),
        upgrade=request.headers.get("Upgrade", "").strip().lower() == "websocket",
        knock=Knock(
            remote=request.remote or "",
            local=str(name[0]) if name else "",
            host=hosts[0] if len(hosts) == 1 else "",  # two are a trick
            origin=", ".join(origins) if origins else None,
            token=token,
        ),
    )


def response(answer: Answer) -> web.Response:
    """Return an answer as aiohttp wants it."""
    kind = {"Content-Type": answer.type} if answer.body else {}
    made = web.Response(status=answer.status, body=answer.body, headers={**SERVER, **SAFE, **kind, **answer.headers})
    if answer.headers.get("Connection") == "close":
        made.force_close()
    return made


async def bound(config: Web) -> socket.socket:
    """Return the listening socket; OSError says what to change. A name is looked up beside the loop: it takes time."""
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _name, address = found[0]
        tcp = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:  # a label of a name may be too long
        reason = error.strerror if isinstance(error, OSError) else "no name of a host"
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        raise OSError(number, f"cannot listen on {config.host}: {reason}. Change web.host.") from None
    try:
        tcp.setblocking(False)
        if os.name == "posix":  # on Windows it would let two servers have one port
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        tcp.bind(address)
    except OSError as error:
        tcp.close()
        text = f"cannot listen on {config.host}:{config.port}: {os.strerror(error.errno or 0)}. "
        raise OSError(error.errno, text + "Change web.port (or web.host) in the configuration.") from None
    return tcp
