"""One file that is sent while it is made: nobody but its own task waits for who takes it."""

import asyncio

from aiohttp import web

from server.drivers.web.connection import SEND_S, SERVER
from server.drivers.web.site import Site
from server.web.asked import Flow
from server.web.pages import SAFE
from server.web.tape import TapeError


async def flow(request: web.BaseRequest, answer: Flow, site: Site) -> web.StreamResponse:
    """Send a file.

    Laws: who takes nothing of it for SEND_S is cut off; where it ends too early the connection breaks, so that nobody
    takes a part of it for the whole.
    """
    transport = request.transport
    head = {"Content-Type": answer.type, "Content-Length": str(answer.size)}
    made = web.StreamResponse(headers={**SERVER, **SAFE, **head, **answer.headers})
    sent = False
    try:
        await _send(request, made, answer)
        sent = True
    except TimeoutError:
        site.drop(request.remote or "", f"took nothing of a recording for {SEND_S:g} s")
    except TapeError as error:
        site.drop(request.remote or "", str(error))
    except ConnectionError:
        pass  # it has gone
    finally:
        if not sent and transport is not None:
            transport.abort()
    return made


async def _send(request: web.BaseRequest, made: web.StreamResponse, answer: Flow) -> None:
    await made.prepare(request)
    if request.method == "HEAD":
        return
    async for chunk in answer.chunks:
        async with asyncio.timeout(SEND_S):
            await made.write(chunk)
    async with asyncio.timeout(SEND_S):
        await made.write_eof()
