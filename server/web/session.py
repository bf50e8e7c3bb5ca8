"""One page's conversation over `/ws`: what it says becomes commands; answers wait in its outbox."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from engines.control.command import Rejected
from server.config import Web
from server.front import Front
from server.web.bucket import Bucket
from server.web.hub import Hub
from server.web.messages import Line, Reply, Said, Serial, Time, answer, frame, read
from server.web.outbox import Outbox


class Talk(Protocol):
    """One WebSocket's other end, whatever it speaks. outbox: what waits to be sent to it."""

    outbox: Outbox

    def take(self, data: str | bytes) -> str:
        """Take a frame; return why the conversation ends here, or ""."""

    def close(self) -> None:
        """Take nothing more; safe to call twice."""


class Session:
    """Implements `Talk` for a page.

    Law: a frame that is no JSON, and more frames than the configuration allows, end the conversation, told once; JSON
    that we do not understand, and commands that are rejected, are answered and nothing else happens.
    """

    def __init__(self, config: Web, hub: Hub, front: Front, outbox: Outbox, now: Callable[[], float]) -> None:
        """Greet the page."""
        self.outbox = outbox
        self._hub, self._front, self._now = hub, front, now
        self._bucket = Bucket(config.frames_per_s, config.frames_burst, now)
        self._rate = config.frames_per_s
        hub.enter(outbox)

    def take(self, data: str | bytes) -> str:
        """Take a frame."""
        if not self._bucket.take():
            return self._end(f"more than {self._rate:g} frames in a second")
        try:
            said = read(data)
        except msgspec.ValidationError as error:
            self._refuse(None, f"not understood: {error}")
            return ""
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return self._end(f"not JSON: {error}")
        self._do(said)
        return ""

    def close(self) -> None:
        """Be told nothing more."""
        self._hub.leave(self.outbox)

    def _do(self, said: Said) -> None:
        if said.time is not None:
            self.outbox.put(answer(Time(said.time, self._now())))
        elif said.check is not None:
            self._reply(said, self._front.check(said.check, said.args))
        elif said.do is not None:
            self._reply(said, self._front.receive(said.do, said.args, sweep=said.sweep))
            self._hub.look()
        else:
            self._refuse(said.id, "needs do, check or time")

    def _reply(self, said: Said, rejected: Rejected | None) -> None:
        if said.id is not None:
            reason = rejected.reason if rejected is not None else ""
            self.outbox.put(answer(Reply(said.id, rejected is None, reason)))

    def _refuse(self, serial: Serial | None, reason: str) -> None:
        self._front.count_refusal()
        self.outbox.put(answer(Reply(serial, ok=False, reason=reason)))

    def _end(self, reason: str) -> str:
        self._front.count_refusal()
        self.outbox.put(frame("log", Line("rejected", reason, self._hub.lines.bar)))
        return reason
