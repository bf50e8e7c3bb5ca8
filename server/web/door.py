"""The door: who comes in. Host against DNS rebinding, Origin against foreign pages, a token against the network.

A page of another site that a browser of this machine shows can send requests to loopback: it cannot choose Host (it is
its own name, also when that name is made to point here) and cannot leave its Origin out where it would do harm.
"""

import re
import secrets
import socket
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import Final

import msgspec

from server.config import Web
from server.surfaces.osc.hosts import is_loopback

COOKIE: Final = "melody_token"
TOKEN_BYTES: Final = 16
HOME: Final = ("localhost", "127.0.0.1", "[::1]")
PAIRS: Final = 256
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^][:/@\s]+)(?::([0-9]{1,5}))?")


class Knock(msgspec.Struct, frozen=True):
    """What is known of somebody who asks. remote, local: the ends' literals; token: of the question or the cookie."""

    remote: str
    local: str
    host: str = ""
    origin: str | None = None
    token: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """Why somebody does not come in: HTTP status, kind (for the log), reason (for the sender)."""

    status: int
    kind: str
    reason: str


class Pairs:
    """The hosts whose page has shown the token; the last PAIRS of them."""

    def __init__(self) -> None:
        """Know nobody."""
        self._hosts: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, host: object) -> bool:
        """Whether a host (literal) has paired."""
        return host in self._hosts

    def add(self, host: str) -> None:
        """Let a host in."""
        self._hosts[host] = None
        self._hosts.move_to_end(host)
        if len(self._hosts) > PAIRS:
            self._hosts.popitem(last=False)


class Door:
    """Judges every request. is_open: whether other machines reach us; pairs: those that have paired."""

    def __init__(self, config: Web) -> None:
        """Judge by the configuration, whose token is settled."""
        self.pairs = Pairs()
        self._port, self._token = config.port, config.token or secrets.token_urlsafe(TOKEN_BYTES)
        self.is_open = config.host != HOME[0] and not is_loopback(config.host)
        self._names = {*HOME, *own_names()} if self.is_open else set(HOME)

    def refuses_host(self, knock: Knock) -> Refusal | None:
        """Return why the Host header is none of ours."""
        found = _HOST.fullmatch(knock.host.lower())
        if found is not None and found[1] in self._ours(knock) and found[2] in (None, str(self._port)):
            return None
        known = ", ".join(sorted(self._ours(knock)))
        return Refusal(421, "host", f"Host {knock.host[:64]!a} is not ours: {known}, port {self._port}")

    def refuses_origin(self, knock: Knock) -> Refusal | None:
        """Return why a browser's page may not speak to us; without an Origin it is no page."""
        if knock.origin is None or knock.origin in self._origins(knock):
            return None
        return Refusal(403, "origin", f"Origin {knock.origin[:64]!a} is not this server's own page")

    def refuses_stranger(self, knock: Knock) -> Refusal | None:
        """Return why a host may not see the page: it is another machine and has not shown the token. Pairs it."""
        if is_loopback(knock.remote):
            return None
        shown = knock.token.encode("utf-8", "replace")  # a header may hold what is no text
        if secrets.compare_digest(shown, self._token.encode()):
            self.pairs.add(plain(knock.remote))
            return None
        kind = "token" if knock.token else "no token"
        reason = "that pairing token is wrong" if knock.token else "this machine has not paired"
        return Refusal(403, kind, f"{reason}: open the address (or QR code) that the server shows when it starts")

    def trusts(self, knock: Knock) -> bool:
        """Whether a host may do everything: this machine, or one that has paired."""
        return self.refuses_stranger(knock) is None or plain(knock.remote) in self.pairs

    def _ours(self, knock: Knock) -> set[str]:
        return self._names | {bracketed(knock.local)}

    def _origins(self, knock: Knock) -> set[str]:
        end = "" if self._port == 80 else f":{self._port}"
        return {f"http://{name}{end}" for name in self._ours(knock)}


def own_names() -> set[str]:
    """Return this machine's names, as other machines of its network may call it."""
    name = socket.gethostname().lower().rstrip(".")
    return {name, f"{name.partition('.')[0]}.local"}


def plain(host: str) -> str:
    """Return an address literal as OSC's senders have it: IPv4 as such where it comes in IPv6's clothes."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def bracketed(host: str) -> str:
    """Return an address literal as it stands in a URL."""
    return f"[{plain(host)}]" if ":" in plain(host) else plain(host)
