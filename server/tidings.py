"""Tidings: what the player tells of its ports and of late notes, passed on to whoever listens."""

import logging

from engines.units import TICKS_PER_BEAT
from server.front import Front
from server.player.messages import Ports, PortState, Pulse, Sounded

log = logging.getLogger("melody-engine")


class Tidings:
    """Keeps the last news. ports: all of the player's."""

    def __init__(self, front: Front) -> None:
        """Announce at `front`."""
        self._front = front
        self._late: dict[str, int] = {}
        self.ports: tuple[PortState, ...] = ()

    @property
    def late(self) -> int:
        """How many notes were late."""
        return sum(self._late.values())

    def sounded(self, sounded: Sounded) -> None:
        """Announce a note."""
        note = sounded.note
        self._front.announce("/note", sounded.voice, note.pitch, note.velocity, note.duration / TICKS_PER_BEAT)

    def pulse(self, pulse: Pulse) -> None:
        """Announce the voices that were late since the last pulse."""
        for voice, count in pulse.late.items():
            if count > self._late.get(voice, 0):
                self._late[voice] = count
                self._front.announce("/late", voice, count)

    def show_ports(self, message: Ports) -> None:
        """Warn of ports that are not open, each trouble once."""
        troubles: dict[tuple[str, str, str], list[str]] = {}
        for port in message.ports:
            if port not in self.ports and port.state != "open":
                troubles.setdefault((port.backend, port.state, port.detail), []).append(port.name)
        for (backend, state, detail), names in troubles.items():
            log.warning("%s ports %s are %s: %s", backend, ", ".join(names), state, detail)
        self.ports = message.ports
