"""ClockOut: MIDI clock from the same timeline as the notes, 24 pulses a beat, also while stopped.

Transport messages stand half a pulse before the pulse that is the downbeat, because receivers begin to count
with the first pulse *after* start or continue (MIDI 1.0 detailed specification, system real time messages).
"""

from typing import Final

from engines.units import TICKS_PER_BEAT, TICKS_PER_STEP

PULSE_TICKS: Final = TICKS_PER_BEAT // 24
PULSE, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"

Timed = tuple[float, bytes]


def song_position(tick: int) -> bytes:
    """Song position pointer: sixteenths since the beginning, 14 bits (longer songs wrap)."""
    steps = tick // TICKS_PER_STEP % 0x4000
    return bytes((0xF2, steps & 0x7F, steps >> 7))


class ClockOut:
    """Pulses and transport messages by tick."""

    def __init__(self) -> None:
        """Wait for the first timeline."""
        self._next = 0
        self._transport: list[Timed] = []
        self._started = False

    def anchor(self, tick: float) -> None:
        """Go on with the first pulse at or after `tick`."""
        self._next = -int(-tick // PULSE_TICKS)  # floor division is exact where a quotient would be rounded

    def start(self, tick: int, now: float, *, fresh: bool) -> None:
        """Announce a start (fresh) or a continue at `tick`; both ticks of the new timeline."""
        self.stop(now)
        self.anchor(now)
        if not fresh:
            self._transport.append((tick - PULSE_TICKS * 3 / 4, song_position(tick)))
        self._transport.append((tick - PULSE_TICKS / 2, START if fresh else CONTINUE))
        self._started = True

    def stop(self, tick: float) -> None:
        """Announce a stop at `tick`; a start still to come is withdrawn."""
        self._transport.clear()
        if self._started:
            self._transport.append((tick, STOP))
        self._started = False

    def next_tick(self) -> float:
        """Tick of the next message."""
        pulse = float(self._next * PULSE_TICKS)
        return min(self._transport[0][0], pulse) if self._transport else pulse

    def take(self, until: float) -> list[Timed]:
        """Take what is due at or before tick `until`; more than a beat of missed pulses is skipped, not rushed."""
        if until - self._next * PULSE_TICKS > TICKS_PER_BEAT:
            self.anchor(until)
        due: list[Timed] = []
        while (tick := self.next_tick()) <= until:
            if self._transport and self._transport[0][0] <= tick:
                due.append(self._transport.pop(0))
            else:
                due.append((tick, PULSE))
                self._next += 1
        return due
