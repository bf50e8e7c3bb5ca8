"""Player: turns messages into presses and releases at their time; pure, stepped by whoever owns the clock.

Laws (design section 8): only the player sends presses; every press is followed by exactly one release under any
sequence of messages; what was missed is not rushed after.
"""

from collections.abc import Callable
from typing import Final

from engines.units import TICKS_PER_BAR, TICKS_PER_STEP, VOICES
from server.player.clockout import STOP, ClockOut
from server.player.config import PORTS, MidiConfig
from server.player.ledger import Ledger
from server.player.messages import (
    FromPlayer,
    Gate,
    GoOn,
    Load,
    Panic,
    Retime,
    Sounded,
    Start,
    Stop,
    ToPlayer,
)
from server.player.queue import Event, Hush, Press, Release, TickQueue
from server.player.sink import CHANNELS, ROUTES, Sink, Tape
from server.player.tally import Tally
from server.player.wire import press, release, silence
from server.timeline import Timeline

TOO_LATE_TICKS: Final = TICKS_PER_STEP  # a sixteenth late is another place in the music: drop, do not rush
MAIN_GONE_S: Final = 1.0
ROUNDING_TICKS: Final = 1e-4  # so that a step at `next_time` always finds its event


class Player:
    """Queue, ledger and clock out over one sink and one tape.

    `step` sends what is due; `next_time` says when to step again. Times are seconds of the monotonic clock.
    """

    def __init__(self, config: MidiConfig, sink: Sink, tape: Tape, report: Callable[[FromPlayer], object]) -> None:
        """Wait for a start."""
        self._sink, self._tape, self._report = sink, tape, report
        self._offset = {port: config.offset_s(port) for port in PORTS}
        self._ahead_s = max(0.0, *(-offset for offset in self._offset.values()))
        self._clock = ClockOut() if config.clock_out else None
        self._queue, self._ledger, self.tally = TickQueue(), Ledger(), Tally()
        self._timeline: Timeline | None = None
        self._running, self._quiet = False, True
        self._open = dict.fromkeys(VOICES, True)
        self._floor, self._end, self._horizon = 0, None, 0  # type: int, int | None, int
        self._last_beat = 0.0
        self._owners = 0

    @property
    def _early_s(self) -> float:
        return self._sink.lead_s + self._ahead_s  # a lead changes with the server

    @property
    def sounding(self) -> int:
        """Count the notes now sounding."""
        return len(self._ledger)

    def receive(self, message: ToPlayer, now: float) -> None:
        """Take one message from main."""
        self._last_beat = now
        match message:
            case Load():
                self._load(message)
            case Start():
                self._start(message, now)
            case Retime(timeline):
                self._retime(timeline, now)
            case Stop(tick):
                self._stop_at(tick, now)
            case GoOn():
                self._end = None
            case Gate(tick=int(tick)) | Panic(tick=int(tick)) if self._running:
                self._queue.add(tick, message)
            case Gate():
                self._gate(message, now)
            case Panic(resume):
                self._sink.hurry()
                self._panic(resume, now)
            case _:
                pass  # a beat; quit is the process's

    def next_time(self) -> float | None:
        """When the next event is to be handed to the sink; None = nothing waits."""
        if self._timeline is None:
            return None
        ticks: list[float] = [self._clock.next_tick()] if self._clock else []
        if (tick := self._queue.next_tick()) is not None:
            ticks.append(tick)
        return self._timeline.time(min(ticks)) - self._early_s if ticks else None

    def step(self, now: float) -> None:
        """Hand over what is due."""
        if self._timeline is None:
            return
        until = self._timeline.tick(now + self._early_s) + ROUNDING_TICKS
        while (item := self._queue.pop(until)) is not None:
            self._play(*item, now)
        if self._clock:
            for tick, data in self._clock.take(until):
                self._send("clock", self._timeline.time(tick), data)

    def watch(self, now: float) -> None:
        """Silence the receivers once when main does not feed us any more and all that was queued has sounded."""
        if self._quiet or self._timeline is None or self._ledger or self._queue.presses():
            return
        if now - self._last_beat > MAIN_GONE_S or self._timeline.tick(now) > self._horizon or not self._running:
            self._silence(now)

    def release_all(self, now: float) -> None:
        """End: release everything, sustain off, all notes off; who follows our clock stops."""
        self._sink.hurry()
        if self._clock and self._running:
            self._send("clock", now, STOP)
        self._hush(None, now)
        self._silence(now)

    def _load(self, load: Load) -> None:
        if not self._running:
            return
        self._queue.load(load)
        self._queue.drop_presses(since=self._end, before=self._floor)
        self._horizon = max(self._horizon, load.tick + TICKS_PER_BAR)
        self._tape.section(load.tick + load.start, load.section)

    def _start(self, start: Start, now: float) -> None:
        self._clear(now)
        self._timeline = start.timeline
        self._running, self._floor, self._end, self._horizon = True, start.tick, None, start.tick
        self._tape.start(start.tick, start.timeline.bpm)
        if self._clock:
            self._clock.start(start.tick, start.timeline.tick(now), fresh=start.fresh)

    def _retime(self, timeline: Timeline, now: float) -> None:
        fresh = self._timeline is None
        if self._running and self._timeline is not None and self._timeline.bpm != timeline.bpm:
            self._tape.tempo(round(timeline.tick(now)), timeline.bpm)
        self._timeline = timeline
        if fresh and self._clock:
            self._clock.anchor(timeline.tick(now))

    def _stop_at(self, tick: int | None, now: float) -> None:
        if not self._running:
            return
        if tick is None:
            self._stop(self._tick(now), now)
        else:
            self._end = tick
            self._queue.drop_presses(since=tick)
            self._queue.add(tick, Stop(tick))

    def _stop(self, tick: float, time: float) -> None:
        self._running = False
        self._clear(time)
        if self._clock:
            self._clock.stop(tick)

    def _gate(self, gate: Gate, time: float) -> None:
        self._open[gate.voice] = gate.open
        if not gate.open:
            self._hush(gate.voice, time)

    def _panic(self, resume: int, time: float) -> None:
        self._hush(None, time)
        self._silence(time, sound_off=True)
        self._floor = max(self._floor, resume)
        self._queue.drop_presses(before=resume)

    def _clear(self, time: float) -> None:
        """Release all, empty the queue; gates and panics that wait take effect now."""
        self._hush(None, time)
        for event in self._queue.clear():
            if isinstance(event, Gate):
                self._gate(event, time)
            elif isinstance(event, Panic):
                self._silence(time, sound_off=True)

    def _play(self, tick: int, event: Event, now: float) -> None:
        assert self._timeline is not None
        time = self._timeline.time(tick)
        match event:
            case Release(voice, pitch, owner):
                if self._ledger.release(voice, pitch, owner):
                    self._release(tick, voice, pitch, time)
            case Hush(voice):
                self._hush(voice, time)
            case Gate():
                self._gate(event, time)
            case Panic(resume):
                self._panic(resume, time)
            case Stop():
                if tick == self._end:  # else it was taken back
                    self._stop(tick, time)
            case Press():
                self._press(tick, event, time, now)

    def _press(self, tick: int, event: Press, time: float, now: float) -> None:
        late_ticks = self._tick(now) - tick
        if not self._open[event.voice]:
            return
        if late_ticks > TOO_LATE_TICKS:
            self.tally.dropped += 1
            return
        late = self.tally.press(event.voice, now - time)
        self._owners += 1
        note = event.note
        if self._ledger.press(event.voice, note.pitch, self._owners):
            self._release(tick, event.voice, note.pitch, time)
        begin = tick + int(late_ticks) if late else tick  # a late note keeps its length
        self._queue.add(begin + note.duration, Release(event.voice, note.pitch, self._owners))
        self._report(Sounded(event.voice, tick, note))
        for port, channel in ROUTES[event.voice]:
            self._send(port, time, press(channel, note.pitch, note.velocity))
        self._tape.press(tick, event.voice, note)
        self._quiet = False

    def _release(self, tick: int, voice: str, pitch: int, time: float) -> None:
        self.tally.released += 1
        for port, channel in ROUTES[voice]:
            self._send(port, time, release(channel, pitch))
        self._tape.release(tick, voice, pitch)

    def _hush(self, voice: str | None, time: float) -> None:
        for name, pitch in self._ledger.clear(voice):
            self._release(round(self._tick(time)), name, pitch, time)

    def _silence(self, now: float, *, sound_off: bool = False) -> None:
        for port, channels in CHANNELS.items():
            for data in silence(channels, sound_off=sound_off):
                self._sink.send(port, now, data)
        self._quiet = True

    def _send(self, port: str, time: float, data: bytes) -> None:
        self._sink.send(port, time + self._offset[port], data)

    def _tick(self, time: float) -> float:
        return self._timeline.tick(time) if self._timeline else 0.0
