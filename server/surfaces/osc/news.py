"""What the stage tells, to all who want it: state thinned to what eyes can follow, everything else at once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from server.stage import Event
from server.surfaces.osc.encode import encode
from server.surfaces.osc.subscribers import STATE, Subscribers
from server.surfaces.osc.wire import Address

STATE_INTERVAL_S: Final = 1 / 60


class Coalescer:
    """State news at most once per address and interval: the newest wins, the last is never lost."""

    def __init__(self, interval_s: float = STATE_INTERVAL_S) -> None:
        """Start with nothing said."""
        self._interval_s = interval_s
        self._said: dict[str, float] = {}
        self._waiting: dict[str, bytes] = {}

    def offer(self, address: str, packet: bytes, now: float) -> bool:
        """Return True when the news may go now; otherwise it waits, in place of what waited before."""
        if address not in self._waiting and now - self._said.get(address, -self._interval_s) >= self._interval_s:
            self._said[address] = now
            return True
        self._waiting[address] = packet
        return False

    def take_due(self, now: float) -> list[tuple[str, bytes]]:
        """Return and forget what has waited long enough."""
        ripe = [a for a in self._waiting if self._due(a) <= now]
        for address in ripe:
            self._said[address] = now
        return [(address, self._waiting.pop(address)) for address in ripe]

    def next_due(self) -> float | None:
        """Return when something is due next, or None."""
        return min(map(self._due, self._waiting), default=None)

    def _due(self, address: str) -> float:
        return self._said[address] + self._interval_s


class News:
    """Sends events to the subscribers.

    answering: who is being told a refusal directly and must not hear it twice. may_refuse: whether a target may
    be told of one more refusal (floods end there).
    """

    def __init__(
        self,
        subscribers: Subscribers,
        send: Callable[[Address, bytes], None],
        now: Callable[[], float],
        may_refuse: Callable[[Address], bool],
    ) -> None:
        """Have nothing to tell yet."""
        self.answering: Sequence[Address] = ()
        self._subscribers, self._send, self._now, self._may_refuse = subscribers, send, now, may_refuse
        self._coalescer = Coalescer()
        self._timer: asyncio.TimerHandle | None = None

    def tell(self, event: Event) -> None:
        """Send an event to all who want it, now or when its address has rested."""
        if not len(self._subscribers):
            return
        packet = encode(event.address, event.args)
        if not event.address.startswith(STATE) or self._coalescer.offer(event.address, packet, self._now()):
            self._publish(event.address, packet)
        elif self._timer is None:
            self._set_timer()

    def close(self) -> None:
        """Forget what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _publish(self, address: str, packet: bytes) -> None:
        for subscriber in self._subscribers.wanting(address, self._now()):
            target = subscriber.target
            if address != "/rejected" or (target not in self.answering and self._may_refuse(target)):
                self._send(target, packet)

    def _flush(self) -> None:
        self._timer = None
        for address, packet in self._coalescer.take_due(self._now()):
            self._publish(address, packet)
        self._set_timer()

    def _set_timer(self) -> None:
        moment = self._coalescer.next_due()
        if moment is not None:
            self._timer = asyncio.get_running_loop().call_later(max(moment - self._now(), 0.0), self._flush)
