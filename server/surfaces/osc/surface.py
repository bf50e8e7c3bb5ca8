"""The OSC surface: datagrams become commands, answers and news go back to the hosts that asked, and to no other.

Laws: no datagram raises past `datagram`; memory is bounded whatever arrives; nothing here waits. What we send
ourselves and gets echoed back is ignored, so that two machines that mirror each other fall silent at once.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from engines.control.tree import BY_PATH
from server.config import Osc
from server.stage import Stage
from server.surfaces.osc.encode import encode
from server.surfaces.osc.fanout import Patterns
from server.surfaces.osc.hosts import account, is_loopback, is_ours
from server.surfaces.osc.kept import Kept
from server.surfaces.osc.limits import Limiter
from server.surfaces.osc.news import News
from server.surfaces.osc.packet import BadPacketError, Message, decode
from server.surfaces.osc.pattern import BadPatternError, has_wildcards
from server.surfaces.osc.queries import Args, Queries
from server.surfaces.osc.refusals import MAX_REASON, Refusals, readable
from server.surfaces.osc.schedule import due
from server.surfaces.osc.subscribers import Subscribers
from server.surfaces.osc.wire import Address, Wire

log = logging.getLogger("melody-engine")

REPLIES_PER_S: Final = 500
"""Answers to one host outside this machine: a polling page is served, a spoofed sender is no loudspeaker."""
LINES_PER_S: Final = 1
"""Lines of one kind in the log."""
WARNINGS_PER_S: Final = 10
"""Time tags of one host, or one program of this machine, that it is told about."""
ORDER_S: Final = 1e-6
"""Timers that are due together fire in any order; the messages of a bundle must not."""


class OscSurface:
    """Listens on one UDP port for a stage.

    paired: whether a host (literal) outside this machine has been let in; others may read and make music, no more.
    wall: Unix time (s), read only to place time tags. lines: what may be logged, where several surfaces share it.
    kept: the subscriptions of the main before this one, and of this one for the next.
    Counters: received, ignored, rejected, bad, dropped.
    """

    def __init__(
        self,
        config: Osc,
        stage: Stage,
        now: Callable[[], float] = time.monotonic,
        *,
        paired: Callable[[str], bool] = lambda _host: False,
        wall: Callable[[], float] = time.time,
        wire: Wire | None = None,
        lines: Limiter | None = None,
        kept: Kept | None = None,
    ) -> None:
        """Prepare; nothing is open until `start`."""
        self.now = now
        self._stage, self._paired, self._wall = stage, paired, wall
        self._wire = wire or Wire(config.host, config.port, config.receive_buffer)
        self._kept = kept or Kept(None)
        self._subscribers = Subscribers(config.lease_s, self._kept.keep)
        self._queries = Queries(self, stage, self._subscribers)
        self._patterns = Patterns()
        self._refusals, self._warnings = Refusals(), Limiter(WARNINGS_PER_S)
        self._replies, self._lines = Limiter(REPLIES_PER_S), lines or Limiter(LINES_PER_S)
        self._news = News(self._subscribers, self._send, now, self._may_refuse)
        self._unlisten: Callable[[], None] = lambda: None
        self.received = self.ignored = self.rejected = self.bad = self.dropped = 0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that we listen on."""
        return self._wire.address

    async def start(self) -> None:
        """Listen; OSError names host, port and what to change."""
        self._wire.open(self.datagram)
        self.listen()
        for subscriber in self._kept.kept():
            self._queries.welcome(subscriber)
        log.info("OSC on %s:%d, receive buffer %d bytes", *self.address, self._wire.granted)

    def listen(self) -> None:
        """Tell subscribers the news from now on: `start` does, and who hands in datagrams from a wire of their own."""
        self._unlisten = self._stage.listen(self._news.tell)

    def close(self) -> None:
        """Stop listening and telling; safe to call twice."""
        self._unlisten()
        self._unlisten = lambda: None
        self._news.close()
        self._wire.close()

    def counts(self) -> dict[str, int]:
        """Return the counters as they stand in `/status`; overflowed: lost by the kernel before we saw them."""
        return {
            "osc_received": self.received,
            "osc_rejected": self.rejected,
            "osc_bad": self.bad,
            "osc_ignored": self.ignored,
            "osc_dropped": self.dropped,
            "osc_overflowed": self._wire.overflowed,
            "osc_subscribers": len(self._subscribers),
            "osc_receive_buffer": self._wire.granted,
        }

    def datagram(self, data: bytes, sender: Address) -> None:
        """Take one datagram, whatever it is."""
        try:
            messages = decode(data)
        except BadPacketError as error:
            self.bad += 1
            self._stage.count_refusal()
            if self._lines.take("bad", self.now()) >= 0:
                log.warning("bad OSC packet from %s: %s (%d so far)", sender[0], error, self.bad)
            self._send_refusal(sender, "/", str(error))
            return
        self.received += 1
        for order, message in enumerate(messages):
            if is_ours(message):
                self.ignored += 1
            else:
                self._subscribers.renew(sender, self.now())
                self._message(message, sender, order)

    def _message(self, message: Message, sender: Address, order: int) -> None:
        path = message.address.lstrip("/").lower()
        if self._queries.answer(path, message.args, sender):
            return
        if path not in BY_PATH and has_wildcards(path):
            self._fan_out(path, message, sender, order)
        elif path not in BY_PATH and self._refusals.spent(sender, self.now()):
            self.refuse(sender, message.address, "no such address")  # the stage would look for the nearest name
        else:
            self._command(message, sender, order)

    def _fan_out(self, pattern: str, message: Message, sender: Address, order: int) -> None:
        try:
            paths = self._patterns.paths(pattern, account(sender), self.now())
        except BadPatternError as error:
            self.refuse(sender, message.address, str(error))
            return
        for path in paths:
            self._command(replace(message, address=f"/{path}"), sender, order)

    def _command(self, message: Message, sender: Address, order: int) -> None:
        parameter = BY_PATH.get(message.address.lstrip("/").lower())
        if parameter is not None and not parameter.shared and not self._trusts(sender[0]):
            self.refuse(sender, message.address, "not for hosts that have not paired")
            return
        at, warning = due(message.tag, self.now(), self._wall())
        if at is not None:
            at += order * ORDER_S
        if warning:
            self._warn(sender, message.address, warning)
        self._news.answering = self._subscribers.reply_targets(sender, "/rejected")
        rejected = self._stage.receive(message.address, message.args, at=at)
        if rejected is not None:
            self._refuse(sender, rejected.address, rejected.reason)
        self._news.answering = ()

    def _warn(self, sender: Address, address: str, warning: str) -> None:
        if self._warnings.take(account(sender), self.now()) >= 0:
            self.reply(sender, "/warning", (address, warning))
        if self._lines.take("warning", self.now()) >= 0:
            log.warning("OSC %s from %s: %s", readable(address), sender[0], warning)

    def _trusts(self, host: str) -> bool:
        return is_loopback(host) or self._paired(host)

    def reply(self, sender: Address, address: str, args: Args) -> None:
        """Answer a sender where it sent from, and where it subscribed."""
        for target in self._subscribers.reply_targets(sender, address):
            self.tell(target, address, args)

    def refuse(self, sender: Address, address: str, reason: str) -> None:
        """Count a message that never reaches the stage and say why, to all who look after the server, too."""
        self._stage.count_refusal()
        self._refuse(sender, address, reason, logging.WARNING)

    def _refuse(self, sender: Address, address: str, reason: str, level: int = logging.INFO) -> None:
        self.rejected += 1
        if self._lines.take("rejected", self.now()) >= 0:
            log.log(level, "OSC %s from %s: %s", readable(address), sender[0], readable(reason))
        self._send_refusal(sender, address, reason)

    def tell(self, target: Address, address: str, args: Args) -> None:
        """Send one message, unless the host is another machine and has had more than enough."""
        if not is_loopback(target[0]) and self._replies.take(target[0], self.now()) < 0:
            self.dropped += 1
        else:
            self._send(target, encode(address, args))

    def neighbour(self, sender: Address, port: int) -> Address:
        """Return where another port of the sender's host is."""
        return self._wire.neighbour(sender, port)

    def _send_refusal(self, sender: Address, address: str, reason: str) -> None:
        left = self._refusals.take(sender, self.now())
        if left < 0:
            reason = "too many refusals in a second: the next ones are not told"
        if left >= -1:
            self.reply(sender, "/rejected", (address, reason[:MAX_REASON]))

    def _may_refuse(self, target: Address) -> bool:
        return self._refusals.take(target, self.now()) >= 0

    def _send(self, target: Address, packet: bytes) -> None:
        self.dropped += not self._wire.send(packet, target)
