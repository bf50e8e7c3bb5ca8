"""One TCP connection: how many there may be, how often they may come, how long they may take."""

import asyncio
import logging
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from server.config import Web
from server.drivers.web.site import Site
from server.surfaces.osc.limits import Limiter
from server.web.places import Places

log = logging.getLogger("melody-engine")
QUIET = logging.getLogger("melody-engine.aiohttp")
QUIET.setLevel(logging.CRITICAL)  # what it would say of bad requests is counted, and told once a minute

BUFFER_BYTES: Final = 65_536
"""What may wait in a connection's own buffer before its writer waits."""
HEADER_BYTES: Final = 8190
HEADERS: Final = 64
LINGER_S: Final = 1.0
"""So long a body that nobody asked for is read and thrown away, for the sender to see the refusal."""
SEND_S: Final = 30.0
"""So long a file may take to be sent."""
MAX_REASON: Final = 80
FAULT_S: Final = 60.0
SERVER: Final = {"Server": "melody-engine"}
"""In the place of the library's name and version."""


class Listener(web.Server):
    """Makes the connections, of one host as many a second as it may ask.

    Law: a client that has not said what it wants after `request_s` is cut off. faults: of ours, so far.
    """

    def __init__(self, config: Web, site: Site, handler: Any) -> None:
        """Answer with `handler`."""
        super().__init__(
            handler,
            keepalive_timeout=config.request_s,
            logger=QUIET,
            access_log=None,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
            max_headers=HEADERS,
            lingering_time=LINGER_S,
            auto_decompress=False,
        )
        self.site = site
        self._places = Places(config.connections)
        self._per_s = int(config.requests_per_s)
        self._knocks = Limiter(self._per_s)
        self._lines = Limiter(1, FAULT_S)
        self.faults = 0

    def __call__(self) -> "Connection":
        """Make a connection."""
        return Connection(self, loop=self._loop, **self._kwargs)

    def enter(self, remote: str) -> bool:
        """Count a connection in; False where there are too many, or too many have come in this second."""
        if self._knocks.take(remote, self._loop.time()) < 0:
            self.site.refuse("connections", remote, f"more than {self._per_s} connections in a second")
            return False
        if self._places.take(remote):
            return True
        self.site.refuse("connections", remote, f"{len(self._places)} connections are open")
        return False

    def leave(self, remote: str) -> None:
        """Count a connection out."""
        self._places.leave(remote)

    def fault(self, error: BaseException | None) -> None:
        """Log a fault of ours, one in FAULT_S: who has found it must not fill the log."""
        self.faults += 1
        if self._lines.take("fault", self._loop.time()) >= 0:
            log.error("web: a request broke (%d so far)", self.faults, exc_info=error)


class Connection(RequestHandler):
    """aiohttp's connection, with bounds on what it takes."""

    __slots__ = ("_listener", "_remote")

    def __init__(self, listener: Listener, **values: Any) -> None:
        """Belong to `listener`."""
        super().__init__(listener, **values)
        self._listener = listener
        self._remote = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many, or it has gone before it was taken and has no name."""
        real = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        remote = str((real.get_extra_info("peername") or ("",))[0])
        if not remote or not self._listener.enter(remote):
            real.abort()
            return
        self._remote = remote
        real.set_write_buffer_limits(high=BUFFER_BYTES)
        super().connection_made(real)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        if self._remote:
            self._listener.leave(self._remote)
            self._remote = ""
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, if it was let in."""
        if self._remote:
            super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio's word: True leaves our side open
        """Answer what was asked before the client shut its side (`nc -N`), then end; whether anything was."""
        if self._upgraded or (self._waiter is not None and not self._waiter.done()):
            return False
        self.close()
        return True

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; who does not take it is cut off."""
        transport = self.transport
        try:
            async with asyncio.timeout(SEND_S):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            self._listener.site.drop(self._remote, f"took no answer for {SEND_S:g} s")
            if transport is not None:
                transport.abort()
            return resp, True

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, or a fault of ours, which is logged."""
        if status < 500:
            reason = (message or str(exc) or "no HTTP").split("\n", maxsplit=1)[0]
            self._listener.site.refuse("malformed", self._remote, reason[:MAX_REASON])
        else:
            self._listener.fault(exc)
        text = "bad request\n" if status < 500 else "a fault of ours; see the log\n"
        answer = web.Response(status=status, text=text, headers=SERVER)
        answer.force_close()
        return answer
