"""Who hears what: subscriptions with a pattern and a lease."""

from collections.abc import Iterator
from typing import Final

from server.surfaces.osc.pattern import Pattern
from server.surfaces.osc.wire import Address

MAX_SUBSCRIBERS: Final = 128
MAX_PER_HOST: Final = 32
MAX_REMEMBERED: Final = 1024
"""Addresses of which a subscriber remembers whether its pattern fits."""
STATE: Final = "/state/"


class FullError(ValueError):
    """No room for one more subscriber; the text is the reason."""


class Subscriber:
    """One listener. target: where to send; origin: who asked, from which socket; pattern None = everything."""

    def __init__(self, target: Address, origin: Address, pattern: Pattern | None) -> None:
        """Listen from now on."""
        self.target = target
        self.origin = origin
        self.pattern = pattern
        self._fits: dict[str, bool] = {}

    def wants(self, address: str) -> bool:
        """Return whether news of `address` go here; notes only where the pattern names them."""
        known = self._fits.get(address)
        if known is None:
            if len(self._fits) >= MAX_REMEMBERED:
                self._fits.clear()
            known = self._fits[address] = self._matches(address)
        return known

    def _matches(self, address: str) -> bool:
        if self.pattern is None:
            return address != "/note"
        if address == "/note" and "note" not in self.pattern.text.lower():
            return False
        names = {address, address.removeprefix("/"), address.removeprefix(STATE)}
        return any(map(self.pattern.matches, names))


class Subscribers:
    """All subscriptions, by where they go; a host's end together when it has been silent for a lease."""

    def __init__(self, lease_s: float) -> None:
        """Start with nobody."""
        self._lease_s = lease_s
        self._by_target: dict[Address, Subscriber] = {}
        self._lease_ends: dict[str, float] = {}

    def __len__(self) -> int:
        """How many there are, lapsed ones included until they are noticed."""
        return len(self._by_target)

    def add(self, subscriber: Subscriber, now: float) -> None:
        """Subscribe, or change the pattern of who already listens there; FullError when there is no room."""
        self.lapse(now)
        host = subscriber.target[0]
        if subscriber.target not in self._by_target:
            if len(self._of(host)) >= MAX_PER_HOST:
                raise FullError(f"{MAX_PER_HOST} subscriptions of one host are the most")
            if len(self) >= MAX_SUBSCRIBERS:
                raise FullError(f"{MAX_SUBSCRIBERS} subscriptions are the most")
        self._by_target[subscriber.target] = subscriber
        self._lease_ends[host] = now + self._lease_s

    def renew(self, host: str, now: float) -> None:
        """Prolong the leases of a host that has just spoken."""
        if host in self._lease_ends:
            self._lease_ends[host] = now + self._lease_s

    def remove(self, sender: Address, port: int | None = None) -> None:
        """End the subscription of a port, or what this socket subscribed; where it has nothing, all of its host."""
        host = self._of(sender[0])
        if port is None:
            gone = [s for s in host if sender in (s.target, s.origin)] or host
        else:
            gone = [s for s in host if s.target[1] == port]
        for subscriber in gone:
            del self._by_target[subscriber.target]
        if not self._of(sender[0]):
            self._lease_ends.pop(sender[0], None)

    def lapse(self, now: float) -> None:
        """Forget the hosts whose lease has ended."""
        for host in [host for host, end in self._lease_ends.items() if end <= now]:
            for subscriber in self._of(host):
                del self._by_target[subscriber.target]
            del self._lease_ends[host]

    def wanting(self, address: str, now: float) -> Iterator[Subscriber]:
        """Give the subscribers who want news of `address`."""
        self.lapse(now)
        return (s for s in tuple(self._by_target.values()) if s.wants(address))

    def reply_targets(self, sender: Address, address: str) -> list[Address]:
        """Return where a reply goes: to where the message came from, and to the port subscribed for it.

        That is the port which the sending socket named; where that socket has subscribed nothing, the ports which
        other sockets of its host named: programs such as oscsend send each message from a new one.
        """
        neighbours = self._of(sender[0])
        own = [s for s in neighbours if sender in (s.target, s.origin)]
        named = own or [s for s in neighbours if s.target != s.origin and s.wants(address)]
        return [sender, *(s.target for s in named if s.target != sender)]

    def _of(self, host: str) -> list[Subscriber]:
        if host not in self._lease_ends:
            return []
        return [s for s in self._by_target.values() if s.target[0] == host]
