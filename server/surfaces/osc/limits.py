"""How often somebody may be answered: floods and spoofed senders must not make us a loudspeaker."""

from collections import OrderedDict
from collections.abc import Hashable


class Limiter:
    """At most `per_window` per key and window; remembers the last `keys` keys only, so its memory is bounded."""

    def __init__(self, per_window: int, window_s: float = 1.0, keys: int = 256) -> None:
        """Start with every key unspent."""
        self._per_window = per_window
        self._window_s = window_s
        self._keys = keys
        self._windows: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def spent(self, key: Hashable, now: float) -> bool:
        """Return whether `key` has had all it may have in this window; takes nothing."""
        start, count = self._windows.get(key, (now, 0))
        return now - start < self._window_s and count >= self._per_window

    def take(self, key: Hashable, now: float) -> int:
        """Count one for `key`; return how many are left: 0 or more = allowed, -1 = the first too many, then less."""
        start, count = self._windows.pop(key, (now, 0))
        if now - start >= self._window_s:
            start, count = now, 0
        if len(self._windows) >= self._keys:
            self._windows.popitem(last=False)
        self._windows[key] = (start, count + 1)
        return self._per_window - count - 1
