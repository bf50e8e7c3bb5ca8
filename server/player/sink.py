"""Sink and Tape: what the player needs of a MIDI system and of a recorder."""

from typing import Final, Protocol

from engines.note import Note
from engines.units import VOICES
from server.player.messages import PortState

# voice -> (port, channel 0..15): its own port on channel 1 (drums 10), and its place on `combined`
ROUTES: Final = {
    voice: ((voice, 9 if voice == "drums" else 0), ("combined", 9 if voice == "drums" else index))
    for index, voice in enumerate(VOICES)
}

CHANNELS: Final[dict[str, tuple[int, ...]]] = {
    **{voice: (9 if voice == "drums" else 0,) for voice in VOICES},
    "combined": tuple(9 if voice == "drums" else index for index, voice in enumerate(VOICES)),
    "clock": (),
}


class Sink(Protocol):
    """A MIDI system with our ports; no call blocks or raises."""

    @property
    def lead_s(self) -> float:
        """How early it wants a message, with its exact time."""

    def send(self, port: str, time: float, data: bytes) -> None:
        """Take a message to be heard at `time` (s, monotonic), never before an earlier one on the same port."""

    def hurry(self) -> None:
        """Drop the presses that wait, send everything else at once."""

    def due(self) -> float | None:
        """When `flush` wants to be called, s; None = never."""

    def flush(self, now: float) -> None:
        """Send what is due."""

    def states(self) -> tuple[PortState, ...]:
        """Return the ports as the performer should see them."""

    def connections(self) -> tuple[tuple[str, str], ...]:
        """Return the connections to restore after a crash: (output, input)."""

    def close(self) -> None:
        """Send what waits, close the ports; takes at most 0.5 s."""


class Tape(Protocol):
    """A recorder; ticks are absolute as in messages.py."""

    def start(self, tick: int, bpm: float) -> None:
        """Music runs from `tick` on."""

    def tempo(self, tick: int, bpm: float) -> None:
        """Tempo changes at `tick`."""

    def section(self, tick: int, name: str) -> None:
        """Hear to what section belongs what is to sound from `tick` on; nothing said of later ticks holds any more."""

    def press(self, tick: int, voice: str, note: Note) -> None:
        """Note the beginning of a note."""

    def release(self, tick: int, voice: str, pitch: int) -> None:
        """Note the end of a note."""

    def states(self) -> tuple[PortState, ...]:
        """Return the recorder as a port."""

    def close(self) -> None:
        """Write what is left."""


class NoSink:
    """No MIDI system at all: the music runs, and can be recorded."""

    lead_s = 0.0

    def __init__(self, states: tuple[PortState, ...] = ()) -> None:
        """Remember what is missing."""
        self._states = states

    def send(self, port: str, time: float, data: bytes) -> None:
        """Go nowhere."""

    def hurry(self) -> None:
        """Nothing waits."""

    def due(self) -> float | None:
        """Never."""
        return None

    def flush(self, now: float) -> None:
        """Nothing is due."""

    def states(self) -> tuple[PortState, ...]:
        """Return what is missing."""
        return self._states

    def connections(self) -> tuple[tuple[str, str], ...]:
        """None."""
        return ()

    def close(self) -> None:
        """Nothing is open."""


class NoTape(NoSink):
    """Nothing is recorded."""

    def start(self, tick: int, bpm: float) -> None:
        """Ignore."""

    def tempo(self, tick: int, bpm: float) -> None:
        """Ignore."""

    def section(self, tick: int, name: str) -> None:
        """Ignore."""

    def press(self, tick: int, voice: str, note: Note) -> None:
        """Ignore."""

    def release(self, tick: int, voice: str, pitch: int) -> None:
        """Ignore."""
