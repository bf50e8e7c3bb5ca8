"""MidiConfig: which MIDI system, under which names, how early; and what a new player process is told at birth."""

from typing import Annotated, Final, Literal

import msgspec

from engines.units import VOICES
from server.parts import WHOLE, Parts

PORTS: Final = (*VOICES, "combined", "clock")
INPUT: Final = "control"

PortName = Annotated[str, msgspec.Meta(extra={"names": PORTS})]
"""The configuration names the line and the nearest port where it is none of these."""
Offset = Annotated[float, msgspec.Meta(ge=-500.0, le=500.0)]


class MidiConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """MIDI as the user configures it.

    backend: auto = JACK where a server runs, else the system's MIDI, else none.  client: name shown to other
    programs.  jack_server: name of the JACK server, None = the default one.  clock_out: send MIDI clock.
    offset_ms: per port, -500..500; negative = earlier (slow synthesiser).  out: port -> name of an existing
    port to play to, instead of a virtual one (JACK connects our port to it); input: the same for `control`.
    """

    backend: Literal["auto", "jack", "rtmidi", "none"] = "auto"
    client: str = "melody-engine"
    jack_server: str | None = None
    clock_out: bool = True
    offset_ms: dict[PortName, Offset] = {}
    out: dict[PortName, str] = {}
    input: str | None = None

    def __post_init__(self) -> None:
        """Refuse ports that do not exist."""
        for port in (*self.offset_ms, *self.out):
            if port not in PORTS:
                raise ValueError(f"no port {port!r}; ports are {', '.join(PORTS)}")

    def offset_s(self, port: str) -> float:
        """Offset of a port in seconds."""
        return self.offset_ms.get(port, 0.0) / 1000.0


class Boot(msgspec.Struct, frozen=True):
    """What a player process is told at birth.

    record: path of the .mid to write, None = none; parts: when it is begun anew.  again: this player replaces one
    that died: it continues the recording and resets the receivers.  connections: JACK connections to restore (output,
    input).  held: (voice, pitch) that may still sound at the receivers.
    """

    midi: MidiConfig
    record: str | None = None
    again: bool = False
    connections: tuple[tuple[str, str], ...] = ()
    held: tuple[tuple[str, int], ...] = ()
    parts: Parts = WHOLE
