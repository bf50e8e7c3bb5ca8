"""rtmidi: the system's own MIDI (ALSA, CoreMIDI, Windows), one message at a time, sent when it is due.

RtMidi can spin for ever when its JACK server dies: this code runs in the player process, which main kills and
restarts when it falls silent.
"""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import rtmidi

from server.drivers.port import Port
from server.player.config import INPUT, PORTS, MidiConfig
from server.player.intake import RESET, Intake
from server.player.messages import PortState
from server.player.sink import CHANNELS, ROUTES

RETRY_S: Final = 0.5
STDERR: Final = 2
LEAD_S: Final = 0.003  # queue and ledger do their work before the moment, so that only the send call is left for it


class MissingError(Exception):
    """No MIDI system or port; the message says what is missing and what would be right."""


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Keep off the terminal what ALSA and JACK print themselves when an attempt fails: we say what is missing."""
    kept, nowhere = os.dup(STDERR), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    try:
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(nowhere)


def working_api(client: str) -> int:
    """Return the first compiled API that works here; raises MissingError."""
    tried = []
    for api in rtmidi.get_compiled_api():
        if api == rtmidi.API_RTMIDI_DUMMY:
            continue
        try:
            with unheard():
                rtmidi.MidiOut(rtapi=api, name=client).delete()
        except (rtmidi.RtMidiError, OSError):
            tried.append(rtmidi.get_api_display_name(api))
        else:
            return int(api)
    raise MissingError(f"no MIDI system answers ({', '.join(tried)}); on Linux: modprobe snd-seq")


def find(name: str, existing: list[str]) -> int:
    """Return the index of the port called `name`, or so but for the number that the system appends.

    Raises MissingError, which lists what exists, when there is none or more than one.
    """
    exact = [index for index, port in enumerate(existing) if port == name]
    found = exact or [index for index, port in enumerate(existing) if port.rstrip("0123456789: ") == name]
    if len(found) == 1:
        return found[0]
    problem = "more than one MIDI port is" if found else "no MIDI port is"
    raise MissingError(f"{problem} called {name!r}; there are: {', '.join(existing) or 'none'}")


class RtMidiSink:
    """Our virtual ports, or the existing ports that the configuration names; missing ones are looked for again."""

    lead_s = LEAD_S

    def __init__(self, config: MidiConfig, intake: Intake, held: tuple[tuple[str, int], ...] = ()) -> None:
        """Open what can be opened; held: (voice, pitch) that may sound. Raises MissingError without any MIDI."""
        self._config, self._intake = config, intake
        self._api = working_api(config.client)
        self._ports = {name: Port(CHANNELS[name]) for name in reversed(PORTS)}  # the clock goes first
        self._devices: dict[str, Any] = {}
        self._problems: dict[str, str] = {}
        self._lost: set[str] = set()
        self._targets: dict[str, str] = {}
        self._lists: dict[bool, Any] = {}
        for voice, pitch in held:
            for port, channel in ROUTES[voice]:
                self._ports[port].wire.sounding.add((channel, pitch))
        self._open_missing()
        self._closing = threading.Event()
        threading.Thread(target=self._keep, daemon=True, name="rtmidi keeper").start()

    def send(self, port: str, time: float, data: bytes) -> None:
        """Let a message wait for its time; without a device it is lost, the wire remembers what still sounds."""
        if port in self._devices:
            self._ports[port].put(time, data)

    def hurry(self) -> None:
        """Drop the presses that wait, the rest is due now."""
        for port in self._ports.values():
            port.hurry()

    def due(self) -> float | None:
        """When the next message is to be sent."""
        return min((port.waiting[0][0] for port in self._ports.values() if port.waiting), default=None)

    def flush(self, now: float) -> None:
        """Send what is due."""
        for name, port in self._ports.items():
            if port.backlog or (port.waiting and port.waiting[0][0] <= now):
                self._emit(name, port, now)

    def states(self) -> tuple[PortState, ...]:
        """Return each port with its trouble, if any."""
        return tuple(self._state(name) for name in (*PORTS, INPUT))

    def connections(self) -> tuple[tuple[str, str], ...]:
        """None: the system keeps them by name."""
        return ()

    def close(self) -> None:
        """Close the ports."""
        self._closing.set()
        for device in tuple(self._devices.values()):
            device.close_port()

    def _emit(self, name: str, port: Port, now: float) -> None:
        device = self._devices.get(name)
        if device is None:
            return
        try:
            for _, data in port.take(now + 1e-6):
                device.send_message(data)
        except (rtmidi.RtMidiError, OSError, ValueError) as error:
            self._problems[name] = f"the device is gone ({error})"
            self._lost.add(name)
            self._devices.pop(name, None)

    def _state(self, name: str) -> PortState:
        if name in self._devices:
            return PortState(name, "rtmidi", "open")
        return PortState(name, "rtmidi", "waiting" if name in self._lost else "missing", self._problems.get(name, ""))

    def _keep(self) -> None:
        while not self._closing.wait(RETRY_S):
            self._lose_absent()
            self._open_missing()

    def _lose_absent(self) -> None:
        """Let go of ports whose device was pulled out: ALSA takes messages for it as if nothing had happened."""
        for name, target in tuple(self._targets.items()):
            with contextlib.suppress(rtmidi.RtMidiError, OSError):
                if name in self._devices and target not in self._existing(name):
                    self._problems[name] = f"{target} is gone"
                    self._lost.add(name)
                    self._devices.pop(name).close_port()
                    if name == INPUT:
                        self._intake.put(time.monotonic(), bytes((RESET,)))

    def _existing(self, name: str) -> list[str]:
        """Return the ports that there are, as another client than those that play sees them."""
        hears = name == INPUT
        if hears not in self._lists:
            self._lists[hears] = (rtmidi.MidiIn if hears else rtmidi.MidiOut)(rtapi=self._api, name=self._config.client)
        return list(self._lists[hears].get_ports())

    def _open_missing(self) -> None:
        for name in self._missing():
            try:
                device = self._open_input() if name == INPUT else self._open_output(name)
            except (MissingError, NotImplementedError, rtmidi.RtMidiError, OSError) as error:
                self._problems[name] = str(error)
                continue
            if name != INPUT:
                self._ports[name].reset()  # a receiver that hangs since the port was last open hears this first
            self._devices[name] = device

    def _missing(self) -> Iterator[str]:
        return (name for name in (*PORTS, INPUT) if name not in self._devices)

    def _open_output(self, name: str) -> Any:
        device = rtmidi.MidiOut(rtapi=self._api, name=self._config.client)
        if name in self._config.out:
            return self._open_named(device, name, self._config.out[name])
        return _virtual(device, name, device.get_ports())

    def _open_named(self, device: Any, name: str, wanted: str) -> Any:
        existing = device.get_ports()
        index = find(wanted, existing)
        self._targets[name] = existing[index]
        return device.open_port(index, name)

    def _open_input(self) -> Any:
        device = rtmidi.MidiIn(rtapi=self._api, name=self._config.client)
        device.ignore_types(sysex=False, timing=False, active_sense=True)
        device.set_callback(lambda event, _: self._intake.put(time.monotonic(), bytes(event[0])))
        if self._config.input is not None:
            return self._open_named(device, INPUT, self._config.input)
        return _virtual(device, INPUT, device.get_ports())


def _virtual(device: Any, name: str, existing: list[str]) -> Any:
    """Open a virtual port; where the system has none, say which existing ports could be configured instead."""
    try:
        return device.open_virtual_port(name)
    except NotImplementedError:
        key = "midi.input" if name == INPUT else f"midi.out.{name}"
        there = ", ".join(existing) or "none (install a loopback driver such as loopMIDI)"
        raise MissingError(f"this system has no virtual MIDI ports; set {key} to one of: {there}") from None
