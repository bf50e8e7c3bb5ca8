"""The reception: every request is judged and answered here, or sent on to where it will be.

Laws: nothing is answered to a Host that is not ours; only this machine and hosts that have paired see the page; only
GET and HEAD, so that no request changes anything; a path that was sent opens no file.
"""

import math
from collections.abc import Callable, Mapping
from html import escape
from typing import Final
from urllib.parse import parse_qs

from msgspec.structs import replace

from server.surfaces.osc.hosts import is_loopback
from server.surfaces.osc.limits import Limiter
from server.web.asked import JSON, TEXT, Answer, Asked, Cut, Upgrade
from server.web.door import COOKIE, Door, Refusal
from server.web.oscquery import ATTRIBUTES, LACKING, OscQuery
from server.web.pages import DOOR, INDEX
from server.web.refusals import Refusals
from server.web.tape import MOST_BARS

SVG: Final = "image/svg+xml"
METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
QUESTIONS: Final = frozenset(("HOST_INFO", *ATTRIBUTES, *LACKING))
"""What is asked of OSCQuery behind the question mark of `/`, where else the page is."""

AGAIN_S: Final = "2"
"""When a browser that asked too often asks again."""

FIGURES_S: Final = 0.1
"""So long the figures of `/metrics` hold: gathering them takes two milliseconds."""

SHUT: Final = b"this server listens to its own machine only; start it with --lan"

Reply = Answer | Upgrade | Cut


class Reception:
    """Answers.

    pages: by name. unwell: why the server does not play as it should, "" = it does. metrics, picture: bodies of
    `/metrics` and of `/pair.svg`, made when they are asked for.
    """

    def __init__(
        self,
        door: Door,
        query: OscQuery,
        refusals: Refusals,
        now: Callable[[], float],
        *,
        requests_per_s: float,
        pages: Mapping[str, Answer],
        unwell: Callable[[], str],
        metrics: Callable[[], bytes],
        picture: Callable[[], bytes],
    ) -> None:
        """Open."""
        self._door, self._query, self._refusals, self._now = door, query, refusals, now
        self._requests = Limiter(int(requests_per_s))
        self._pages = pages
        self._unwell, self._metrics, self._picture = unwell, metrics, picture
        self._figures, self._gathered = b"", -math.inf

    def answer(self, asked: Asked) -> Reply:
        """Answer a request."""
        if self._requests.take(asked.knock.remote, self._now()) < 0:
            return self._later(asked)
        if refusal := self._door.refuses_host(asked.knock):
            return self.refuse(asked, refusal)
        if asked.method not in ("GET", "HEAD"):
            return self.refuse(asked, Refusal(405, "method", f"{asked.method[:16]}: only GET is answered here"))
        if asked.upgrade:
            return self._upgrade(asked)
        match asked.path:
            case "/healthz":
                reason = self._unwell()
                return Answer(503, reason.encode()) if reason else Answer(200, b"ok")
            case "/metrics":
                return Answer(200, self._gather(), METRICS)
            case "/show.mid":
                return self._for_friends(asked, lambda: self._cut(asked))
            case "/pair.svg":
                return self._for_friends(asked, self._pair)
            case "/" if not self._asks_tree(asked):
                return self._index(asked)
        if asked.path.startswith("/page/"):
            return self._pages.get(asked.path.removeprefix("/page/")) or Answer(404, b"no such file")
        answered = self._query.answer(asked.path, asked.query, paired=self._door.trusts(asked.knock))
        return Answer(answered.status, answered.body, JSON)

    def refuse(self, asked: Asked, refusal: Refusal) -> Answer:
        """Count a refusal and answer it."""
        self._refusals.add(refusal.kind, asked.knock.remote, refusal.reason)
        return Answer(refusal.status, f"{refusal.reason}\n".encode(), TEXT, {"Connection": "close"})

    def _later(self, asked: Asked) -> Answer:
        """Refuse a host that asks too often; its browsers come again by themselves."""
        refused = self.refuse(asked, Refusal(429, "requests", "too many requests in a second"))
        return replace(refused, headers=refused.headers | {"Retry-After": AGAIN_S, "Refresh": AGAIN_S})

    def _upgrade(self, asked: Asked) -> Reply:
        """Let a WebSocket in: a browser's only from our own page; the page's only for friends."""
        if refusal := self._door.refuses_origin(asked.knock):
            return self.refuse(asked, refusal)
        match asked.path:
            case "/ws":
                return self._for_friends(asked, lambda: Upgrade(page=True, paired=True))
            case "/":
                return Upgrade(page=False, paired=self._door.trusts(asked.knock))
        return Answer(404, b"WebSockets are at /ws (page) and / (OSCQuery)")

    def _for_friends(self, asked: Asked, answer: Callable[[], Reply]) -> Reply:
        """Answer this machine, and those that have shown the token."""
        refusal = self._door.refuses_stranger(asked.knock)
        return self.refuse(asked, refusal) if refusal else answer()

    def _asks_tree(self, asked: Asked) -> bool:
        """Whether a question to `/` is OSCQuery's: one of its words, or no HTML wanted by name, as browsers want it."""
        words = {word.partition("=")[0] for word in asked.query.split("&")}
        return bool(words & QUESTIONS) or "text/html" not in asked.accept

    def _pair(self) -> Answer:
        return Answer(200, self._picture(), SVG) if self._door.is_open else Answer(404, SHUT)

    def _index(self, asked: Asked) -> Answer:
        if refusal := self._door.refuses_stranger(asked.knock):
            return self._at_the_door(self.refuse(asked, refusal))
        index = self._pages.get(INDEX)
        if index is None:
            return Answer(503, b"the page is not installed")
        if is_loopback(asked.knock.remote):
            return index
        return replace(index, headers=index.headers | {"Set-Cookie": cookie(asked.knock.token)})

    def _at_the_door(self, refused: Answer) -> Answer:
        """Return a refusal as people read it, with the place where they write the token."""
        door = self._pages.get(DOOR)
        if door is None:
            return refused
        reason = escape(refused.body.decode()).encode()
        return replace(refused, type=door.type, body=door.body.replace(b"{reason}", reason))

    def _gather(self) -> bytes:
        now = self._now()
        if now - self._gathered >= FIGURES_S:
            self._figures, self._gathered = self._metrics(), now
        return self._figures

    def _cut(self, asked: Asked) -> Reply:
        text = parse_qs(asked.query).get("bars", [""])[-1]
        if not text:
            return Cut(None)
        if not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= MOST_BARS):
            return Answer(400, f"bars must be a whole number (1..{MOST_BARS}), got {text[:16]!a}".encode())
        return Cut(int(text))


def cookie(token: str) -> str:
    """Return the cookie by which a browser that has paired is known: for our pages only, and no script sees it."""
    return f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
