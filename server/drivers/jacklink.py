"""Link: one life of our JACK client at one server; the process callback writes each message at its frame.

The callback never blocks and never raises. A client whose server died is abandoned, never closed: closing it can
hang.
"""

import errno
import threading
import time
from typing import Any, Final

import jack

from server.drivers.jacktime import CycleClock
from server.drivers.port import Port
from server.player.config import INPUT, MidiConfig
from server.player.intake import Intake

FROZEN_S: Final = 0.25
SETTLING_CYCLES: Final = 8
LEAVE_S: Final = 0.2
CALM_CYCLES: Final = 4
NAME_S: Final = 0.8  # how long a predecessor that has just died may still hold our name
NAME_RETRY_S: Final = 0.05

Pair = tuple[str, str]

_abandoned: list[Any] = []  # keeps dead clients from being collected, which would close them


class Link:
    """One life of our client at one server."""

    def __init__(self, config: MidiConfig, ports: dict[str, Port], intake: Intake, closing: threading.Event) -> None:
        """Open, register the ports, run; raises JackError without a server."""
        self._name, self._intake = config.client, intake
        self.client = _open(config, closing)
        self._outputs = [(port, self.client.midi_outports.register(name)) for name, port in ports.items()]
        self._input = self.client.midi_inports.register(INPUT)
        self._clock = CycleClock(self.client)
        self._rate = self.client.samplerate
        self.period_s = self.client.blocksize / self._rate
        self.dead, self.hurried, self.slipped, self.faults = False, False, False, 0
        self._calm = 0
        self.settling, self.unconnected = SETTLING_CYCLES, True
        self.cycle_at = time.monotonic()
        self.client.set_process_callback(self._process)
        self.client.set_shutdown_callback(self._shut)
        self.client.set_xrun_callback(self._slip)
        self.moved = False  # a port has gone since this was last set to False
        self.client.set_port_registration_callback(self._move, only_available=False)
        self.client.activate()

    def _shut(self, _status: object, _reason: object) -> None:
        self.dead = True

    def _slip(self, _delay: float) -> None:
        """Somebody missed a cycle: what was written in it may not have arrived."""
        self.slipped = True

    def _move(self, _port: object, here: bool) -> None:
        """Note that a port has gone. Not by the client callback: for that jackd waits, even if we are stopped."""
        self.moved = self.moved or not here

    def _settle(self, slipped: bool) -> bool:
        """Count the cycles in order since the start or a freeze; True in the one in which to reset the receivers.

        The first cycles are often lost, and a reset with them.
        """
        if not self.settling:
            return False
        self.settling = SETTLING_CYCLES if slipped or self.unconnected else self.settling - 1
        return not self.settling

    def _process(self, frames: int) -> None:
        try:
            self._cycle(frames)
        except Exception:  # an exception here would end all further callbacks
            self.faults += 1

    def _cycle(self, frames: int) -> None:
        if self.dead:
            return
        self.period_s = frames / self._rate  # PipeWire changes it whenever a program asks for another latency
        now = time.monotonic()
        if now - self.cycle_at > FROZEN_S:
            self.settling = SETTLING_CYCLES
        self.cycle_at = now
        self._clock.update(frames)
        start, per_frame = self._clock.start, self._clock.per_frame
        hurried, self.hurried = self.hurried, False
        slipped, self.slipped = self.slipped, False
        reset = self._settle(slipped)
        self._calm = 0 if slipped else self._calm + 1
        for port, output in self._outputs:
            output.clear_buffer()
            if reset:
                port.reset()
            elif hurried:
                port.hurry()
            elif slipped:
                port.repeat(now)
            if port.waiting or port.backlog:
                self._calm = 0
                _write(port, output, frames, start, per_frame)
        for offset, data in self._input.incoming_midi_events():
            self._intake.put(start + offset * per_frame, bytes(data))

    def connect(self, pair: Pair) -> bool:
        """Make a connection; False where an end is missing or the server refuses."""
        try:
            self.client.connect(*(self._actual(name) for name in pair))
        except jack.JackErrorCode as error:
            return bool(error.code == errno.EEXIST)
        except jack.JackError:
            return False
        return True

    def exists(self, pair: Pair) -> bool:
        """Whether both ends are there."""
        try:
            for name in pair:
                self.client.get_port_by_name(self._actual(name))
        except jack.JackError:
            return False
        return True

    def connections(self) -> set[Pair]:
        """Return the connections of our ports, with our client under its configured name."""
        pairs = {(output.name, other.name) for _, output in self._outputs for other in output.connections}
        pairs |= {(other.name, self._input.name) for other in self._input.connections}
        return {(self._canonical(source), self._canonical(target)) for source, target in pairs}

    def others(self, *, hear: bool) -> list[str]:
        """Return the MIDI ports of other programs that we can hear, or that we can play to."""
        ports = self.client.get_ports(is_midi=True, is_output=hear, is_input=not hear)
        return [port.name for port in ports if not self.client.owns(port)]

    def leave(self) -> None:
        """Wait until everything is written and has been carried away by cycles that nobody missed; close."""
        end = time.monotonic() + LEAVE_S
        self._calm = 0
        while time.monotonic() < end and self._calm < CALM_CYCLES:
            time.sleep(self.period_s)
        self.client.deactivate()
        self.client.close()

    def abandon(self) -> None:
        """Keep the dead client from being closed."""
        self.dead = True
        _abandoned.append(self)

    def _actual(self, name: str) -> str:
        """Our client may run under another name than configured, when that was taken."""
        client, _, port = name.partition(":")
        return f"{self.client.name}:{port}" if client == self._name else name

    def _canonical(self, name: str) -> str:
        client, _, port = name.partition(":")
        return f"{self._name}:{port}" if client == self.client.name else name


def _write(port: Port, output: Any, frames: int, start: float, per_frame: float) -> None:
    """Write what is due in the cycle of `frames` that begins at `start` (s); what does not fit waits for the next."""
    due = port.take(start + frames * per_frame)
    last = 0
    for index, (moment, data) in enumerate(due):
        last = min(max(int((moment - start) / per_frame), last), frames - 1)
        try:
            output.write_midi_event(last, data)
        except jack.JackError:
            port.backlog.extend(unsent for _, unsent in due[index:])
            return


def _open(config: MidiConfig, closing: threading.Event) -> Any:
    """Open a client under the configured name, or, when another program keeps it, under one that JACK derives."""
    end = time.monotonic() + NAME_S
    while True:
        exact = time.monotonic() < end
        try:
            return jack.Client(config.client, use_exact_name=exact, no_start_server=True, servername=config.jack_server)
        except jack.JackOpenError as error:
            if not exact or error.status.server_failed or closing.wait(NAME_RETRY_S):
                raise
