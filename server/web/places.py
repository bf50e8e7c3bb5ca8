"""Places: how many may be here at once."""

from collections import Counter
from typing import Final

from server.surfaces.osc.hosts import is_loopback

SHARE: Final = 4
"""One other machine may have a quarter of all places; a quarter is this machine's alone."""


class Places:
    """Counts who is here, by host. Law: however many strangers come, this machine finds a place."""

    def __init__(self, most: int) -> None:
        """Begin empty."""
        self._most, self._share = most, max(1, most // SHARE)
        self._open = max(1, most - most // SHARE)
        self._here: Counter[str] = Counter()
        self._strangers = 0

    def __len__(self) -> int:
        """How many are here."""
        return self._here.total()

    def take(self, remote: str) -> bool:
        """Let one of a host (address literal) in; False where there is no place for it."""
        if len(self) >= self._most:
            return False
        if not is_loopback(remote):
            if self._here[remote] >= self._share or self._strangers >= self._open:
                return False
            self._strangers += 1
        self._here[remote] += 1
        return True

    def leave(self, remote: str) -> None:
        """Hear that one of those that were let in has gone."""
        self._strangers -= not is_loopback(remote)
        self._here[remote] -= 1
        if not self._here[remote]:
            del self._here[remote]
