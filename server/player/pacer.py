"""Pacer: wait for a message or for a moment, whichever comes first, on absolute monotonic time.

A sleep overshoots by some 0.1 ms; the last SPIN_S are spent looking at the clock where the moment must be met.
"""

import time
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

SPIN_S: Final = 0.0003

Message = TypeVar("Message")


class Pacer(Generic[Message]):
    """An inbox that any thread and signal handler may fill, emptied in time by one thread."""

    def __init__(self) -> None:
        """Start empty."""
        self._inbox: SimpleQueue[Message] = SimpleQueue()
        self.put = self._inbox.put

    def wait(self, until: float, *, spin: bool) -> Message | None:
        """Return the next message, or None at monotonic `until` (s): met to the microsecond if `spin`."""
        sleep_until = until - SPIN_S if spin else until
        while (left := sleep_until - time.monotonic()) > 0:
            try:
                return self._inbox.get(timeout=left)
            except Empty:
                continue
        try:
            return self._inbox.get_nowait()
        except Empty:
            while spin and time.monotonic() < until:
                pass
            return None
