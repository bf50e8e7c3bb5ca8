"""Time tags: NTP wall-clock moments become moments of the monotonic clock, or now."""

from typing import Final

AHEAD_S: Final = 10.0
"""A command may wait so long at most; a tag further ahead is a sender whose clock is wrong."""
LATE_S: Final = 0.1
"""Senders that stamp `now` arrive a little late: that is no reason to warn."""

_NTP_EPOCH_S: Final = 2_208_988_800
"""Seconds from 1900 (NTP) to 1970 (Unix)."""


def ntp(wall: float) -> int:
    """Return the 64-bit NTP time of a Unix time (s), era dropped."""
    return int((wall + _NTP_EPOCH_S) * 2**32) % 2**64


def seconds_ahead(tag: int, wall: float) -> float:
    """Return how far ahead of `wall` (Unix s) a tag lies, in the nearer era: 2036's roll-over is no jump."""
    return ((tag - ntp(wall) + 2**63) % 2**64 - 2**63) / 2**32


def due(tag: int | None, now: float, wall: float) -> tuple[float | None, str]:
    """Return when (monotonic s; None = now) a message with this tag is due, and a warning or ''."""
    if tag is None:
        return None, ""
    ahead = seconds_ahead(tag, wall)
    if ahead > AHEAD_S:
        return None, f"time tag is {ahead:.3g} s ahead (at most {AHEAD_S:g}): taken now; check the sender's clock"
    if ahead < -LATE_S:
        return None, f"time tag is {-ahead:.3g} s past: taken now; check the sender's clock"
    return (now + ahead if ahead > 0 else None), ""
