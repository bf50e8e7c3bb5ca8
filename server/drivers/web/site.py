"""What the driver needs of the surface that it serves; no library is loaded for it."""

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Protocol

from server.web.asked import Answer, Asked, Cut, Flow, Upgrade
from server.web.outbox import Outbox
from server.web.session import Talk


class Site(Protocol):
    """The surface."""

    def answer(self, asked: Asked) -> Answer | Upgrade | Cut:
        """Answer a request."""

    def cut(self, bars: int | None) -> AbstractAsyncContextManager[Answer | Flow]:
        """Answer with the recording, or its last bars, as long as this is open."""

    def talk(self, upgrade: Upgrade, outbox: Outbox) -> AbstractContextManager[Talk]:
        """Speak with a client as long as this is open."""

    def refuse(self, kind: str, remote: str, reason: str) -> None:
        """Count and tell somebody who was not let in."""

    def drop(self, remote: str, reason: str) -> None:
        """Count and tell a client that was cut off."""

    def tell(self, state: str, detail: str) -> None:
        """Hear how listening goes: open or waiting, and why."""
