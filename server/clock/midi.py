"""MIDI clock in: a jittery stream of pulses becomes a steady timeline; sans I/O.

24 pulses a beat, sent while stopped too. Start and continue arm: the next pulse is the downbeat told. Song
position counts sixteenths and holds only while stopped (MIDI 1.0, system common and real-time messages).
"""

import math
from typing import Literal

from engines.units import TICKS_PER_BEAT, TICKS_PER_STEP
from server.clock.pulses import LOST_S, Pulses
from server.clock.slew import slew
from server.player.messages import Retime, Start, Stop
from server.timeline import Timeline

PULSES_PER_BEAT = 24
TICKS_PER_PULSE = TICKS_PER_BEAT // PULSES_PER_BEAT
SPP, CLOCK, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
PULSES_PER_RETIME = 3
"""Eight new timelines a beat, as a tempo ramp of our own has."""
COAST_S = 0.3
"""So long without a pulse (more than two at 20 bpm): no longer draw near, just keep the tempo."""

Action = Retime | Start | Stop
State = Literal["waiting", "locking", "locked", "lost"]


class MidiClockFollower:
    """Follows start, stop, continue, song position and pulses; lives wherever it is fed.

    Laws: between a Start and the next the timeline never jumps and never runs more than a quarter faster or
    slower than the clock; without pulses it keeps the last tempo; when they return they are taken for the
    nearest ones.
    """

    def __init__(self, timeline: Timeline) -> None:
        """Go on from `timeline` until the clock is known."""
        self.timeline = timeline
        self.running = False
        self._pulses = Pulses()
        self._base = 0
        self._last = -math.inf
        self._heard = 0
        self._armed: Start | None = None
        self._position = 0
        self._coasting = False

    @property
    def state(self) -> State:
        """Whether the clock is there: waiting for the first pulse, locking, locked, lost for 2 s or more."""
        if self._last == -math.inf:
            return "waiting"
        if self._pulses.best is None:
            return "locking" if not self._coasting else "lost"
        return "locked"

    @property
    def bpm(self) -> float:
        """The tempo of the clock, without the corrections of phase that the timeline makes."""
        best = self._pulses.best
        return self.timeline.bpm if best is None else 60.0 / (PULSES_PER_BEAT * best.period)

    def feed(self, time: float, data: bytes) -> tuple[Action, ...]:
        """Take one MIDI message that came at `time` (s); whatever is not the clock's is ignored."""
        status = data[0] if data else 0
        if status == CLOCK:
            return self._pulse(time)
        if status == STOP:
            return self._stop()
        if status == START:
            self._armed = Start(0, self.timeline, fresh=True)
        elif status == CONTINUE and not self.running:
            self._armed = Start(self._position, self.timeline, fresh=False)
        elif status == SPP and len(data) == 3 and not self.running:
            self._position = (data[1] | data[2] << 7) * TICKS_PER_STEP
        return ()

    def poll(self, time: float) -> tuple[Action, ...]:
        """Notice at `time` (s) that no pulses come; to be called a few times a second."""
        away = time - self._last
        if self._last == -math.inf or away < COAST_S:
            return ()
        if away > LOST_S and self._pulses.best is not None:
            self.timeline = self.timeline.retempo(self.bpm, time)
            self._pulses = Pulses()
            return (Retime(self.timeline),)
        if not self._coasting:
            self._coasting = True
            self.timeline = self.timeline.retempo(self.bpm, time)
            return (Retime(self.timeline),)
        return ()

    def _pulse(self, time: float) -> tuple[Action, ...]:
        time = max(time, self._last)
        if time - self._last > LOST_S:
            self._anchor(time)
        self._last, self._coasting = time, False
        self._pulses.feed(time)
        if self._armed is not None:
            return self._start(self._armed, time)
        self._heard += 1
        wanted = self._wanted()
        if wanted is None or self._heard % PULSES_PER_RETIME:
            return ()
        self.timeline = slew(self.timeline, wanted, time)
        return (Retime(self.timeline),)

    def _start(self, armed: Start, time: float) -> tuple[Action, ...]:
        """Begin at this pulse; before the music there is nothing to be smooth with: the timeline may jump."""
        self._armed, self.running = None, True
        best = self._pulses.best
        if best is None:
            self._pulses = Pulses()
            self._pulses.feed(time)
            self._base = armed.tick
            self.timeline = Timeline(self.timeline.bpm, armed.tick, time)
        else:
            self._base += armed.tick - self._tick(time)
            behind = (armed.tick - self._base) / TICKS_PER_PULSE - best.number
            self.timeline = Timeline(self.bpm, armed.tick, best.time + behind * best.period)
        return (Start(armed.tick, self.timeline, armed.fresh),)

    def _stop(self) -> tuple[Action, ...]:
        """Stop, whoever has started the music."""
        self._armed = None
        if self.running:
            self._position = self._tick(self._last) + TICKS_PER_PULSE  # what continue begins with is the next pulse
        self.running = False
        return (Stop(),)

    def _anchor(self, time: float) -> None:
        """Begin to listen anew: the next pulse is taken for the one nearest on the timeline."""
        self._pulses = Pulses()
        self._base = TICKS_PER_PULSE * round(self.timeline.tick(time) / TICKS_PER_PULSE)

    def _tick(self, time: float) -> int:
        """Return the tick of the pulse nearest to `time` (s)."""
        wanted = self._wanted() or self.timeline
        return TICKS_PER_PULSE * round(wanted.tick(time) / TICKS_PER_PULSE)

    def _wanted(self) -> Timeline | None:
        best = self._pulses.best
        if best is None:
            return None
        return Timeline(self.bpm, self._base + TICKS_PER_PULSE * best.number, best.time)
