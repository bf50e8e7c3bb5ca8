"""Who is who: this machine or another, and whether a message is our own come back."""

from collections.abc import Hashable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from server.surfaces.osc.packet import Message
from server.surfaces.osc.wire import HERE, Address

OURS: Final = frozenset(
    ("rejected", "warning", "pong", "synced", "state", "bar", "beat", "plan", "played", "late", "note")
)
"""First parts of what only we say."""


def is_ours(message: Message) -> bool:
    """Return whether a message is one that only we send: somebody echoes. `/status` with pairs is our answer."""
    first = message.address.strip("/").partition("/")[0].lower()
    return first in OURS or (first == "status" and len(message.args) > 1)


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Return whether a host (an address literal) is this machine."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def host_of(address: Address) -> str:
    """Return whose an address is: this machine is one host, by whatever address it speaks to itself."""
    return HERE if is_loopback(address[0]) else str(address[0])


def account(sender: Address) -> Hashable:
    """Return whose share a refusal takes: a host's, but programs of this machine must not silence each other."""
    return sender if is_loopback(sender[0]) else sender[0]
