"""What waits to be sent to one client: bounded, so that a client that does not read costs nobody else anything."""

import asyncio
from collections.abc import Callable, Mapping

from engines.control.command import Value
from server.web.messages import frame

Frame = tuple[bytes, bool]


class Outbox:
    """Frames in order (with whether they are binary), and the state as it is now: the last value per path.

    Law: above `size` bytes or `frames` frames the client is dropped: everything is forgotten, `on_full` is called once,
    and nothing more is taken. It comes back and is told all anew.
    """

    def __init__(self, size: int, frames: int, on_full: Callable[[], None]) -> None:
        """Begin empty."""
        self._size, self._most, self._on_full = size, frames, on_full
        self._frames: list[Frame] = []
        self._latest: dict[str, bytes] = {}
        self._state: dict[str, tuple[Value, ...]] = {}
        self._some = asyncio.Event()
        self.waiting = 0
        self.full = False

    def put(self, data: bytes, *, binary: bool = False) -> None:
        """Let a frame wait behind the others."""
        if self.full:
            return
        self._frames.append((data, binary))
        self.waiting += len(data)
        self._some.set()
        if self.waiting > self._size or len(self._frames) > self._most:
            self.full = True
            self._forget()
            self._on_full()

    def put_latest(self, kind: str, data: bytes) -> None:
        """Let a frame wait in the place of the last of its kind, behind all that is sent in order."""
        if not self.full:
            self._latest[kind] = data
            self._some.set()

    def put_state(self, values: Mapping[str, tuple[Value, ...]]) -> None:
        """Let these values wait, each in the place of the last one of its path."""
        if not self.full:
            self._state |= values
            self._some.set()

    async def collect(self) -> list[Frame]:
        """Wait for frames and take them all."""
        await self._some.wait()
        return self.take()

    def take(self) -> list[Frame]:
        """Take all that waits."""
        latest = [frame("state", self._state)] if self._state else []
        frames = [*self._frames, *((data, False) for data in (*latest, *self._latest.values()))]
        self._forget()
        return frames

    def _forget(self) -> None:
        self._frames, self._latest, self._state = [], {}, {}
        self.waiting = 0
        self._some.clear()
