"""JACK: frame-exact MIDI through a client that is opened again whenever its server goes away.

Threads. The player's thread only appends to deques. The keeper thread makes every call that may block: a frozen
jackd blocks its clients for ever. The callback of the link, on JACK's thread, alone takes from the deques.
"""

import contextlib
import threading
import time
from typing import Final

import jack

from server.drivers.jacklink import FROZEN_S, Link, Pair
from server.drivers.port import Port
from server.player.config import INPUT, PORTS, MidiConfig
from server.player.intake import RESET, Intake
from server.player.messages import PortState
from server.player.sink import CHANNELS, ROUTES

LEAD_S: Final = 0.010  # what a loaded machine's scheduler may steal from the player without a note being late
RETRY_S: Final = 0.5
POLL_S: Final = 0.25
NO_SERVER: Final = "no JACK server runs: start one (jackd, qjackctl, or PipeWire with pipewire-jack)"
LOOKING: Final = "looking for the JACK server"


def named_by(config: MidiConfig) -> dict[str, Pair]:
    """Return per port the connection to another program's port that the configuration names."""
    named = {port: (f"{config.client}:{port}", other) for port, other in config.out.items()}
    return named if config.input is None else named | {INPUT: (config.input, f"{config.client}:{INPUT}")}


def _reason(error: Exception) -> str:
    """Return why there is no client; the library's own words only where they say more."""
    absent = isinstance(error, jack.JackOpenError) and error.status.server_failed
    return NO_SERVER if absent else f"{NO_SERVER} ({error})"


class JackSink:
    """Our JACK client, reopened for as long as it takes whenever its server goes away."""

    def __init__(
        self, config: MidiConfig, intake: Intake, wanted: tuple[Pair, ...] = (), held: tuple[tuple[str, int], ...] = ()
    ) -> None:
        """Start to connect; wanted: connections to restore; held: (voice, pitch) that may sound at the receivers."""
        self._period_s = 0.0
        self._config, self._intake = config, intake
        self._ports = {name: Port(CHANNELS[name]) for name in PORTS}
        for voice, pitch in held:
            for port, channel in ROUTES[voice]:
                self._ports[port].wire.sounding.add((channel, pitch))
        self._named = named_by(config)
        self._wanted = {*wanted, *self._named.values()}
        self._lost = set(self._wanted)
        self._absent: dict[str, str] = {}
        self._heard: set[str] = set()
        self._link: Link | None = None
        self._state, self._detail = "missing", LOOKING
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
    def lead_s(self) -> float:
        """How early the cycle that carries a message wants it: its own length sooner."""
        link = self._link
        if link is not None:
            self._period_s = link.period_s
        return LEAD_S + self._period_s

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
        """All ports share the fate of the server; where the configuration names another's port, its absence too."""
        return tuple(PortState(name, "jack", *self._fate(name)) for name in (*PORTS, INPUT))

    def _fate(self, name: str) -> tuple[str, str]:
        if not self.alive:
            return self._state, self._detail
        return ("missing", self._absent[name]) if name in self._absent else ("open", "")

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
                link = Link(self._config, self._ports, self._intake, self._closing)
            except (jack.JackError, AttributeError) as error:
                self._tried.set()
                self._detail = _reason(error)
                self._closing.wait(RETRY_S)
                continue
            self._connect(link)
            link.unconnected = False  # the reset waits for this: the receivers that hang must hear it
            self._link = link
            self._state = "waiting"
            self._tried.set()
            self._attend(link)

    def _attend(self, link: Link) -> None:
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
        self._hear(set())
        self._detail = "the JACK server is gone; waiting for it"
        link.abandon()

    def _connect(self, link: Link) -> None:
        self._lost = {pair for pair in self._wanted if not link.connect(pair)}
        self._name_absent(link)

    def _follow(self, link: Link) -> None:
        """Learn new connections; restore one whose other end was lost and is back; forget one that the user cut."""
        moved, link.moved = link.moved, False
        present = link.connections()
        self._hear(present)
        absent = self._wanted - present
        lost = {pair for pair in absent if moved or pair in self._lost or not link.exists(pair)}
        back = {pair for pair in lost if link.connect(pair)}  # fails as well while the other client is not active yet
        self._lost = lost - back
        self._wanted = present | lost
        self._name_absent(link)

    def _hear(self, present: set[Pair]) -> None:
        """Know who is connected to our input; of one that is no more, take every key for let go."""
        heard = {source for source, target in present if target == f"{self._config.client}:{INPUT}"}
        if self._heard - heard:
            self._intake.put(time.monotonic(), bytes((RESET,)))
        self._heard = heard

    def _name_absent(self, link: Link) -> None:
        """Say which of the ports that the configuration names do not exist, and which ones do."""
        lost = {name: pair for name, pair in self._named.items() if pair in self._lost}
        self._absent = {
            name: f"no JACK port is called {pair[name != INPUT]!r}; "
            f"there are: {', '.join(link.others(hear=name == INPUT)) or 'none'}"
            for name, pair in lost.items()
        }
