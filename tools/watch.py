"""Watching a server from outside: a subscription over OSC feeds the live view."""

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import IO

from rich.live import Live

from server.surfaces.osc.encode import encode
from server.surfaces.osc.packet import BadPacketError, decode
from tools.failure import Refused
from tools.monitor import MonitorState, render

ASK_S = 1.0
"""Between two `/status`, which renew the lease, too."""
LOST_S = 3.0
"""Silence after which we subscribe anew: the server may have been started again."""
DRAW_HZ = 6


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


def watch(host: str, port: int, lines: IO[str] | None = None) -> None:
    """Show the live view until Ctrl-C; Refused when nobody answers at first.

    lines: what a server beside us logs; then we wait for it to begin, show its lines, and end when it ends.
    """
    state = MonitorState()
    source = Watch(host, port, state)
    ended = threading.Event()
    if lines is not None:
        threading.Thread(target=_follow, args=(lines, state, ended), daemon=True, name="log").start()
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(source):
        if lines is None:
            _first(source, f"{host}:{port}")
        with Live(render(state), auto_refresh=False) as live:
            _draw(live, source, state, ended)


def _first(source: Watch, where: str) -> None:
    """Wait for the first word."""
    end = time.monotonic() + LOST_S
    while not source.step():
        if time.monotonic() > end:
            raise Refused(f"no answer from {where}: is melody-engine serving there?")


def _draw(live: Live, source: Watch, state: MonitorState, ended: threading.Event) -> None:
    due = 0.0
    while not ended.is_set():
        source.step()
        if time.monotonic() >= due:
            live.update(render(state), refresh=True)
            due = time.monotonic() + 1 / DRAW_HZ


def _follow(lines: IO[str], state: MonitorState, ended: threading.Event) -> None:
    for line in lines:
        state.log = deque([*state.log, line.rstrip()], state.log.maxlen)  # a new one: it may be being drawn
    ended.set()
