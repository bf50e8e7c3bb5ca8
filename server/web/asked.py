"""What is asked over HTTP and what is answered, as values: no library of sockets is needed to decide."""

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from server.web.door import Knock

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"


class Asked(msgspec.Struct, frozen=True):
    """One request. path: decoded; query: what stands behind the question mark, as it came; upgrade: to a WebSocket."""

    method: str
    path: str
    query: str
    accept: str
    upgrade: bool
    knock: Knock


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer, whole."""

    status: int
    body: bytes = b""
    type: str = TEXT
    headers: dict[str, str] = {}


class Flow(msgspec.Struct, frozen=True):
    """An HTTP answer of so many bytes that come while it is sent; `TapeError` where they end too early."""

    size: int
    chunks: AsyncIterator[bytes]
    type: str
    headers: dict[str, str] = {}


class Upgrade(msgspec.Struct, frozen=True):
    """A WebSocket is to be opened: to the page, or to a client of OSCQuery that may do everything or not."""

    page: bool
    paired: bool


class Cut(msgspec.Struct, frozen=True):
    """The recording is to be sent: its last `bars`, None = all of it."""

    bars: int | None
