"""OSCQuery over HTTP: what there is to steer, in JSON, made from the one parameter tree; no library of its own.

Source: github.com/Vidvox/OSCQueryProposal. Where it says 204 and 400 of the same thing we answer 204 for what it
knows and we (or this node) do not have, 400 for words that it does not know.
"""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Final

import msgspec

from engines.control.command import Lexicon, Value, nearest
from engines.control.tree import BY_PATH
from server.stage import Event, Stage
from server.surfaces.osc.limits import Limiter
from server.surfaces.osc.surface import LINES_PER_S
from server.web.oscquerynodes import CONTENTS, PATHS, READABLE, Node, describe

OPTIONAL: Final = ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CRITICAL", "CLIPMODE", "OVERLOADS")
ATTRIBUTES: Final = ("FULL_PATH", "CONTENTS", "TYPE", *OPTIONAL)
LACKING: Final = ("TAGS", "EXTENDED_TYPE", "HTML")
"""Attributes of the proposal that we do not have."""
EXTENSIONS: Final = {
    **dict.fromkeys((*OPTIONAL, "LISTEN", "PATH_CHANGED"), True),
    **dict.fromkeys((*LACKING, "PATH_RENAMED", "PATH_REMOVED", "PATH_ADDED"), False),
}
NOT_OURS: Final = frozenset(("", "token"))
"""What else may stand behind the question mark: the pairing token of the page."""
MAX_SHOWN: Final = 64
LOOK_S: Final = 1.0
"""How often we look whether names (scenes, experts, an outside clock) have changed; a genre is seen at once."""


class HostInfo(msgspec.Struct, frozen=True):
    """Who we are: osc_ip "" = the address that the question came to; the WebSocket is where HTTP is."""

    name: str
    osc_port: int
    osc_ip: str = ""


def osc_ip(osc: str, web: str) -> str:
    """Return the host for OSC_IP: none where OSC is heard at the address of the page, too, or a name stands for it."""
    try:
        return "" if osc == web or ip_address(osc).is_unspecified else osc
    except ValueError:
        return ""


class Answer(msgspec.Struct, frozen=True):
    """An HTTP status and a JSON body, empty for 204."""

    status: int
    body: bytes = b""


class OscQuery:
    """Answers questions about a stage; names: the lexicon of now; lines: what its sessions may log, all together."""

    def __init__(self, stage: Stage, names: Callable[[], Lexicon], host_info: HostInfo) -> None:
        """Answer for `stage`."""
        self.stage = stage
        self._names, self._host_info = names, host_info
        self._lexicon = names()
        self._nodes: dict[bool, dict[str, Node]] = {}
        self._watchers: list[Callable[[str], None]] = []
        self.lines = Limiter(LINES_PER_S)
        self._timer: asyncio.TimerHandle | None = None
        self._unlisten: Callable[[], None] = lambda: None

    def answer(self, path: str, query: str, *, paired: bool) -> Answer:
        """Answer `GET path?query` (path decoded) of a host that has paired, or not."""
        asked = [word.partition("=")[0] for word in query.split("&")]
        asked = [word for word in asked if word not in NOT_OURS]
        if "HOST_INFO" in asked:
            return _json(200, self._about_us())
        name = path.strip("/").lower()
        if name not in PATHS:
            hint = nearest(name, tuple(BY_PATH)) if len(name) <= MAX_SHOWN else ""
            return _json(404, {"error": f"no such address: {path[:MAX_SHOWN]!a}{hint}"})
        for word in asked:
            if word not in (*ATTRIBUTES, *LACKING):
                valid = ", ".join(("HOST_INFO", *ATTRIBUTES))
                return _json(400, {"error": f"no such attribute: {word[:MAX_SHOWN]!a}; valid: {valid}"})
        self.look()
        node = self._node(name, self.stage.state(), paired=paired)
        return _only(node, asked) if asked else _json(200, node)

    def node(self, path: str, *, paired: bool) -> Node:
        """Return the attributes of one node, without its value and contents."""
        if paired not in self._nodes:
            self._nodes[paired] = {each: describe(each, self._lexicon, paired=paired) for each in PATHS}
        return self._nodes[paired][path]

    def watch(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call back with every path whose attributes change from now on; returns the function that ends it."""
        self.look()
        self._watchers.append(callback)
        if len(self._watchers) == 1:
            self._unlisten = self.stage.listen(self._heard)
            self._look_again()

        def end() -> None:
            self._watchers.remove(callback)
            if not self._watchers and self._timer is not None:
                self._timer.cancel()
                self._unlisten()

        return end

    def look(self) -> None:
        """Look at the names, and tell the watchers which nodes are others now."""
        lexicon = self._names()
        if lexicon == self._lexicon:
            return
        before = {path: self.node(path, paired=True) for path in PATHS}
        self._lexicon = lexicon
        self._nodes.clear()
        for path in PATHS:
            if self.node(path, paired=True) != before[path]:
                for watcher in tuple(self._watchers):
                    watcher(path)

    def _look_again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look_again)
        self.look()

    def _heard(self, event: Event) -> None:
        if event.address == "/state/genre":
            self.look()

    def _about_us(self) -> Node:
        host = self._host_info
        info: Node = {"NAME": host.name, "OSC_PORT": host.osc_port, "OSC_TRANSPORT": "UDP", "EXTENSIONS": EXTENSIONS}
        return info | ({"OSC_IP": host.osc_ip} if host.osc_ip else {})

    def _node(self, path: str, state: dict[str, tuple[Value, ...]], *, paired: bool) -> Node:
        node = dict(self.node(path, paired=paired))
        parameter = BY_PATH.get(path)
        if parameter is not None and parameter.path in state:
            _fill(node, state[parameter.path])
        if path in CONTENTS:
            inside = CONTENTS[path].items()
            node["CONTENTS"] = {name: self._node(inner, state, paired=paired) for name, inner in inside}
        return node


def told(node: Node, values: Sequence[Value]) -> list[Value]:
    """Return as many of the values as TYPE has tags: an expert's version stands in the form with two."""
    return list(values[: len(node["TYPE"])])


def _fill(node: Node, values: Sequence[Value]) -> None:
    node["VALUE"] = told(node, values)
    if len(values) > len(node["VALUE"]):
        value = {"VALUE": list(values)}
        node["OVERLOADS"] = [
            other | value if len(other["TYPE"]) == len(values) else other for other in node["OVERLOADS"]
        ]


def _only(node: Node, asked: Sequence[str]) -> Answer:
    """Answer with the attributes asked for: {} where there is none, 204 where none can be."""
    if all(word in LACKING or _pointless(node["ACCESS"], word) for word in asked):
        return Answer(204)
    return _json(200, {word: node[word] for word in asked if word in node})


def _pointless(access: int, word: str) -> bool:
    return (word == "VALUE" and not access & READABLE) or (word == "RANGE" and not access)


def _json(status: int, content: Node) -> Answer:
    return Answer(status, msgspec.json.encode(content))
