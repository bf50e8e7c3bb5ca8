"""JACK: frame-exact MIDI. Messages wait with their exact time; the process callback writes each at its frame.

Threads. The player's thread only appends to deques. The keeper thread makes every call that may block: a frozen
jackd blocks its clients for ever. The callback, on JACK's thread, alone takes from the deques; it never blocks
and never raises. A client whose server died is abandoned, never closed: closing it can hang.
"""

import contextlib
import errno
import threading
import time
from typing import Any, Final

import jack

from server.drivers.jacktime import CycleClock
from server.drivers.port import Port
from server.player.config import INPUT, PORTS, MidiConfig
from server.player.intake import Intake
from server.player.messages import PortState
from server.player.sink import CHANNELS, ROUTES

LEAD_S: Final = 0.010  # what a loaded machine's scheduler may steal from the player without a note being late
FROZEN_S: Final = 0.25
RETRY_S: Final = 0.5
POLL_S: Final = 0.25
SETTLING_CYCLES: Final = 8
LEAVE_S: Final = 0.2
NO_SERVER: Final = "no JACK server runs: start one (jackd, qjackctl, or PipeWire with pipewire-jack)"

Pair = tuple[str, str]

_abandoned: list[Any] = []  # keeps dead clients from being collected, which would close them


class JackSink:
    """Our JACK client, reopened for as long as it takes whenever its server goes away."""

    def __init__(
        self, config: MidiConfig, intake: Intake, wanted: tuple[Pair, ...] = (), held: tuple[tuple[str, int], ...] = ()
    ) -> None:
        """Start to connect; wanted: connections to restore; held: (voice, pitch) that may sound at the receivers."""
        self.lead_s = LEAD_S
        self._config, self._intake = config, intake
        self._ports = {name: Port(CHANNELS[name]) for name in PORTS}
        for voice, pitch in held:
            for port, channel in ROUTES[voice]:
                self._ports[port].wire.sounding.add((channel, pitch))
        self._wanted = set(wanted)
        self._link: Link | None = None
        self._state, self._detail = "missing", NO_SERVER
        self._closing = threading.Event()
        self._tried = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True, name="jack keeper")
        self._keeper.start()

    def opened(self, timeout_s: float) -> bool:
        """Wait for the first attempt; whether it has found a server."""
        self._tried.wait(timeout_s)
        end = time.monotonic() + timeout_s
        while self._link is not None and self._link.settling and time.monotonic() < end:
            time.sleep(self._link.period_s)
        return self._link is not None

    @property
    def alive(self) -> bool:
        """Whether the server calls us, and has done so for a moment."""
        link = self._link
        return link is not None and not link.dead and not link.settling and time.monotonic() - link.cycle_at < FROZEN_S

    def send(self, port: str, time: float, data: bytes) -> None:
        """Queue a message; without a server it is lost, and the wire remembers what still sounds."""
        if self.alive:
            self._ports[port].put(time, data)

    def hurry(self) -> None:
        """Drop the presses that wait, send everything else with the next cycle."""
        if self._link is not None:
            self._link.hurried = True

    def due(self) -> float | None:
        """Never: the callback sends."""
        return None

    def flush(self, now: float) -> None:
        """Nothing to do: the callback sends."""

    def states(self) -> tuple[PortState, ...]:
        """All ports share the fate of the server."""
        state, detail = ("open", "") if self.alive else (self._state, self._detail)
        return tuple(PortState(name, "jack", state, detail) for name in (*PORTS, INPUT))

    def connections(self) -> tuple[Pair, ...]:
        """Return the connections to restore."""
        return tuple(sorted(self._wanted))

    def close(self) -> None:
        """Let what waits be written, then leave."""
        self._closing.set()
        self._keeper.join(0.5)

    def _keep(self) -> None:
        jack.set_error_function(lambda _message: None)  # libjack would print every failed attempt
        jack.set_info_function(lambda _message: None)
        while not self._closing.is_set():
            try:
                link = Link(self._config, self._ports, self._intake)
            except (jack.JackError, AttributeError) as error:
                self._tried.set()
                self._detail = f"{NO_SERVER} ({error})"
                self._closing.wait(RETRY_S)
                continue
            self.lead_s = LEAD_S + link.period_s
            self._connect(link)
            link.unconnected = False  # the reset waits for this: the receivers that hang must hear it
            self._link = link
            self._state = "waiting"
            self._tried.set()
            self._attend(link)

    def _attend(self, link: "Link") -> None:
        """Follow the user's connections until the server dies or we leave."""
        while not link.dead:
            if self._closing.wait(POLL_S):
                link.leave()
                return
            self._detail = "the JACK server does not answer"
            if self.alive:
                with contextlib.suppress(jack.JackError):
                    self._follow(link)
        self._link = None
        self._detail = "the JACK server is gone; waiting for it"
        link.abandon()

    def _connect(self, link: "Link") -> None:
        for pair in self._wanted:
            link.connect(pair)

    def _follow(self, link: "Link") -> None:
        """Learn new connections; forget one that the user cut; restore one whose other end came back."""
        present = link.connections()
        for pair in list(self._wanted - present):
            if link.connect(pair):
                present.add(pair)
        self._wanted = present | {pair for pair in self._wanted if not link.exists(pair)}


class Link:
    """One life of our client at one server."""

    def __init__(self, config: MidiConfig, ports: dict[str, Port], intake: Intake) -> None:
        """Open, register the ports, run; raises JackError without a server."""
        self._name, self._intake = config.client, intake
        self.client = jack.Client(config.client, no_start_server=True, servername=config.jack_server)
        self._outputs = [(port, self.client.midi_outports.register(name)) for name, port in ports.items()]
        self._input = self.client.midi_inports.register(INPUT)
        self._clock = CycleClock(self.client)
        self.period_s = self.client.blocksize / self.client.samplerate
        self.dead, self.hurried, self.slipped, self.faults = False, False, False, 0
        self.settling, self.unconnected = SETTLING_CYCLES, True
        self.cycle_at = time.monotonic()
        self.client.set_process_callback(self._process)
        self.client.set_shutdown_callback(self._shut)
        self.client.set_xrun_callback(self._slip)
        self.client.activate()

    def _shut(self, _status: object, _reason: object) -> None:
        self.dead = True

    def _slip(self, _delay: float) -> None:
        """Somebody missed a cycle: what was written in it may not have arrived."""
        self.slipped = True

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
        now = time.monotonic()
        if now - self.cycle_at > FROZEN_S:
            self.settling = SETTLING_CYCLES
        self.cycle_at = now
        self._clock.update(frames)
        start, per_frame = self._clock.start, self._clock.per_frame
        hurried, self.hurried = self.hurried, False
        slipped, self.slipped = self.slipped, False
        reset = self._settle(slipped)
        for port, output in self._outputs:
            output.clear_buffer()
            if reset:
                port.reset()
            elif hurried:
                port.hurry()
            elif slipped:
                port.repeat(now)
            if port.waiting or port.backlog:
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

    def leave(self) -> None:
        """Wait until everything is written and one cycle has carried it away; close."""
        end = time.monotonic() + LEAVE_S
        while time.monotonic() < end and any(port.waiting or port.backlog for port, _ in self._outputs):
            time.sleep(self.period_s)
        time.sleep(2 * self.period_s)
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
