"""Standstill: how long this machine gave us no processor: a virtual one may stand still for half a second."""

import threading
import time

LOOK_S = 0.005


class Standstill:
    """A thread that asks to be woken every 5 ms and sums up by how much it was woken too late.

    It has no better priority than the server, so what it lost the server may have lost as well.
    """

    def __init__(self):
        self._withheld_s, self._looked = 0.0, time.monotonic()
        self._lock, self._closed = threading.Lock(), threading.Event()
        threading.Thread(target=self._watch, daemon=True, name="standstill").start()

    def withheld_s(self):
        """Seconds withheld so far, those that still last included."""
        with self._lock:
            return self._withheld_s + max(0.0, time.monotonic() - self._looked - 2 * LOOK_S)

    def close(self):
        self._closed.set()

    def _watch(self):
        while not self._closed.wait(LOOK_S):
            with self._lock:
                now = time.monotonic()
                self._withheld_s += max(0.0, now - self._looked - 2 * LOOK_S)
                self._looked = now
