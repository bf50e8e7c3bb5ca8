"""Rests: an expert that misses again and again is left alone; probes that nobody hears find out when it is back.

Law: the pauses between probes double, because a probe may cost what the expert did wrong: its worker.
"""

from collections.abc import Collection

from engines.composer import Ask
from server.experts.seats import Seat


class _Record:
    """Misses in a row, the question that was missed last, bars between probes, bars until the next one."""

    def __init__(self) -> None:
        self.misses, self.pause, self.wait = 0, 1, 1
        self.ask: Ask | None = None


class Rests:
    """Who rests, and whom to probe."""

    def __init__(self, after: int, probe_bars: int) -> None:
        """Rest after so many misses in a row; probe at least every so many bars."""
        self.after, self._probe_bars = after, probe_bars
        self._records: dict[Seat, _Record] = {}

    def resting(self, seat: Seat) -> bool:
        """Whether an expert rests."""
        return seat in self._records and self._records[seat].misses >= self.after

    def missed(self, seat: Seat, ask: Ask) -> None:
        """Count a miss."""
        record = self._records.setdefault(seat, _Record())
        record.misses, record.ask = record.misses + 1, ask

    def back(self, seat: Seat) -> None:
        """Forget all misses: it played, or shall have another try."""
        self._records.pop(seat, None)

    def due(self, seats: Collection[Seat]) -> list[tuple[Seat, Ask]]:
        """Return, once a bar, who of `seats` is to be probed, and with which question."""
        due: list[tuple[Seat, Ask]] = []
        for seat, record in self._records.items():
            if seat in seats and self.resting(seat) and record.ask is not None:
                record.wait -= 1
                if record.wait <= 0:
                    due.append((seat, record.ask))
        return due

    def failed(self, seat: Seat) -> None:
        """Wait twice as long until the next probe, unless a swap has brought it back meanwhile."""
        if (record := self._records.get(seat)) is not None:
            record.pause = record.wait = min(record.pause * 2, self._probe_bars)
