"""How often who is told why not, and how that stands in the log."""

from typing import Final

from server.surfaces.osc.hosts import account, is_loopback
from server.surfaces.osc.limits import Limiter
from server.surfaces.osc.wire import Address

REFUSALS_PER_S: Final = 20
"""Reasons sent to one host; then one line that says so."""
REFUSALS_AT_HOME_PER_S: Final = 200
"""The same for one program of this machine: nobody can pose as it, only our time must be spared."""
MAX_REASON: Final = 512


class Refusals:
    """Counts the reasons that were sent, by who got them."""

    def __init__(self) -> None:
        """Start with nobody refused."""
        self.away, self.home = Limiter(REFUSALS_PER_S), Limiter(REFUSALS_AT_HOME_PER_S)

    def spent(self, who: Address, now: float) -> bool:
        """Return whether somebody has had all the reasons of this second; takes none."""
        return self._limiter(who).spent(account(who), now)

    def take(self, who: Address, now: float) -> int:
        """Count one; return how many are left, as `Limiter.take`."""
        return self._limiter(who).take(account(who), now)

    def _limiter(self, who: Address) -> Limiter:
        return self.home if is_loopback(who[0]) else self.away


def readable(text: str) -> str:
    """Return what was sent as one line of a log, whatever is in it."""
    text = text[:MAX_REASON]
    return text if text.isprintable() else ascii(text)
