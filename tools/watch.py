"""Watching a server from outside: a subscription over OSC feeds the live view."""

import socket
import time
from collections.abc import Callable

from rich.live import Live

from server.surfaces.osc.encode import encode
from server.surfaces.osc.packet import BadPacketError, decode
from tools.failure import Refused
from tools.monitor import MonitorState, render

ASK_S = 1.0
"""Between two `/status`, which renew the lease, too."""
LOST_S = 3.0
"""Silence after which we subscribe anew: the server may have been started again."""
DRAW_HZ = 8


class Watch:
    """One subscription; `step` waits at most a frame for news."""

    def __init__(self, host: str, port: int, state: MonitorState, now: Callable[[], float] = time.monotonic) -> None:
        """Connect; OSError when the host does not exist."""
        family, kind, protocol, _, to = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self._udp = socket.socket(family, kind, protocol)
        self._udp.settimeout(1 / DRAW_HZ)
        self._udp.connect(to)
        self._state, self._now = state, now
        self._asked = self._heard = float("-inf")

    @property
    def silent(self) -> bool:
        """Whether the server has said nothing for a while."""
        return self._now() - self._heard > LOST_S

    def step(self) -> bool:
        """Ask where it is due, take one packet; whether one came."""
        if self._now() - self._asked >= ASK_S:
            self._asked = self._now()
            self._send(*(("/subscribe",) if self.silent else ()), "/status")
        try:
            messages = decode(self._udp.recv(65_536))
        except (OSError, BadPacketError):  # nothing yet, nobody there, or not OSC
            return False
        self._heard = self._now()
        for message in messages:
            values = [value for value in message.args if isinstance(value, int | float | str)]
            self._state.feed(message.address, values)
        return True

    def close(self) -> None:
        """End the subscription."""
        self._send("/unsubscribe")
        self._udp.close()

    def _send(self, *addresses: str) -> None:
        for address in addresses:
            try:
                self._udp.send(encode(address, ()))
            except OSError:  # a refusal of the packet before; the next one is due in a second
                return


def watch(host: str, port: int) -> None:
    """Show the live view until Ctrl-C; Refused when nobody answers at first."""
    state = MonitorState()
    source = Watch(host, port, state)
    try:
        began = time.monotonic()
        while not source.step():
            if time.monotonic() - began > LOST_S:
                raise Refused(f"no answer from {host}:{port}: is melody-engine serving there?")
        with Live(render(state), auto_refresh=False) as live:
            draw = 0.0
            while True:
                source.step()
                if time.monotonic() >= draw:
                    live.update(render(state), refresh=True)
                    draw = time.monotonic() + 1 / DRAW_HZ
    except KeyboardInterrupt:
        pass
    finally:
        source.close()
