"""Who hears what: subscriptions with a pattern and a lease."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from engines.control.tree import BY_PATH, STATE_PATHS
from server.surfaces.osc.hosts import host_of
from server.surfaces.osc.pattern import Pattern
from server.surfaces.osc.wire import Address

MAX_SUBSCRIBERS: Final = 128
MAX_PER_HOST: Final = 32
MAX_REMEMBERED: Final = 1024
"""Addresses of which a subscriber remembers whether its pattern fits."""
STATE: Final = "/state/"
EVENTS: Final = ("bar", "beat", "plan", "played", "late", "rejected", "warning", "note", "pong", "synced", "status")
"""What is told besides the state: news and answers."""
TOLD: Final = (*(STATE + path for path in STATE_PATHS), *(f"/{event}" for event in EVENTS))


class FullError(ValueError):
    """No room for one more subscriber; the text is the reason."""


class VagueError(ValueError):
    """Nobody knows which subscription is meant; the text is the reason."""


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
        bare = _names(address)
        slashed = [f"/{name}" for name in bare] if "/" in self.pattern.text else []
        return any(map(self.pattern.matches, (*bare, *slashed)))


def _names(address: str) -> tuple[str, ...]:
    """Return what an address may be called, without its slash: by what sets it and by its aliases, too."""
    path = address.removeprefix(STATE).removeprefix("/")
    aliases = BY_PATH[path].aliases if path in BY_PATH else ()
    return address.removeprefix("/"), path, *aliases


class Subscribers:
    """All subscriptions, by where they go; a host's end together when it has been silent for a lease."""

    def __init__(self, lease_s: float, changed: Callable[[Sequence[Subscriber]], None] = lambda _all: None) -> None:
        """Start with nobody; `changed` is called with all of them when somebody has come or gone."""
        self._lease_s = lease_s
        self._changed = changed
        self._by_target: dict[Address, Subscriber] = {}
        self._lease_ends: dict[str, float] = {}
        self._spoke: dict[Address, float] = {}

    def __len__(self) -> int:
        """How many there are, lapsed ones included until they are noticed."""
        return len(self._by_target)

    def add(self, subscriber: Subscriber, now: float) -> None:
        """Subscribe, or change the pattern of who already listens there; FullError when there is no room.

        A host that has all it may have loses one for it: programs that come back from a new socket each time would
        lock themselves out as long as another program of their host speaks.
        """
        self.lapse(now)
        host = host_of(subscriber.target)
        if subscriber.target not in self._by_target:
            if len(self._of(host)) >= MAX_PER_HOST:
                self._forget([self._idlest(host)])
            if len(self) >= MAX_SUBSCRIBERS:
                raise FullError(f"{MAX_SUBSCRIBERS} subscriptions are the most")
        self._by_target[subscriber.target] = subscriber
        self._lease_ends[host] = now + self._lease_s
        self._spoke[subscriber.origin] = now
        self._changed(tuple(self._by_target.values()))

    def renew(self, sender: Address, now: float) -> None:
        """Prolong the leases of the host of somebody who has just spoken."""
        if (host := host_of(sender)) in self._lease_ends:
            self._lease_ends[host] = now + self._lease_s
            if sender in self._spoke:
                self._spoke[sender] = now

    def remove(self, sender: Address, port: int | None = None) -> None:
        """End the subscription of a port, or what this socket subscribed; where it has nothing, its host's only one.

        VagueError where its host has several: another program must not lose its news.
        """
        host = self._of(host_of(sender))
        if port is not None:
            gone = [s for s in host if s.target[1] == port]
        elif not (gone := [s for s in host if sender in (s.target, s.origin)]):
            if len(host) > 1:
                ports = ", ".join(str(s.target[1]) for s in host)
                raise VagueError(f"this socket has subscribed nothing; name the port: one of {ports}")
            gone = host
        self._forget(gone)
        self._changed(tuple(self._by_target.values()))

    def lapse(self, now: float) -> None:
        """Forget the hosts whose lease has ended."""
        for host in [host for host, end in self._lease_ends.items() if end <= now]:
            self._forget(self._of(host))

    def wanting(self, address: str, now: float) -> Iterator[Subscriber]:
        """Give the subscribers who want news of `address`."""
        self.lapse(now)
        return (s for s in tuple(self._by_target.values()) if s.wants(address))

    def reply_targets(self, sender: Address, address: str) -> list[Address]:
        """Return where a reply goes: to where the message came from, and to the port subscribed for it.

        That is the port which the sending socket named; where that socket has subscribed nothing, the ports which
        other sockets of its host named: programs such as oscsend send each message from a new one.
        """
        neighbours = self._of(host_of(sender))
        own = [s for s in neighbours if sender in (s.target, s.origin)]
        named = own or [s for s in neighbours if s.target != s.origin and s.wants(address)]
        return [sender, *(s.target for s in named if s.target != sender)]

    def _of(self, host: str) -> list[Subscriber]:
        if host not in self._lease_ends:
            return []
        return [s for s in self._by_target.values() if host_of(s.target) == host]

    def _idlest(self, host: str) -> Subscriber:
        """Return who matters least: rather a socket that may be long gone than a port that was named."""
        return min(self._of(host), key=lambda s: (s.target != s.origin, self._spoke.get(s.origin, 0.0)))

    def _forget(self, gone: Sequence[Subscriber]) -> None:
        for subscriber in gone:
            del self._by_target[subscriber.target]
        left = {s.origin for s in self._by_target.values()}
        self._spoke = {origin: when for origin, when in self._spoke.items() if origin in left}
        hosts = {host_of(s.target) for s in self._by_target.values()}
        self._lease_ends = {host: end for host, end in self._lease_ends.items() if host in hosts}
