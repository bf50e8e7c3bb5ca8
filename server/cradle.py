"""Cradle: a spare process, its imports done: a new one from scratch takes half a second on a busy machine."""

import asyncio
import contextlib
from multiprocessing.connection import Connection
from typing import Any, Final

from server.child import Child, Target, start_child

CANNOT_START: Final = (OSError, RuntimeError)
"""What a system raises that has no memory, process, descriptor or thread left: try again later."""


class Cradle:
    """Keeps one process in reserve; lives on the event loop."""

    def __init__(self, target: Target) -> None:
        """Keep nobody yet; target: what each process runs."""
        self._target = target
        self._next: asyncio.Future[tuple[Child, Connection[Any, Any]]] | None = None

    def warm(self) -> None:
        """Start the next process, if there is none."""
        if self._next is None:
            self._next = asyncio.ensure_future(asyncio.to_thread(start_child, self._target))

    async def take(self) -> "tuple[Child, Connection[Any, Any]]":
        """Return a process that waits for its Boot, and our end of its pipe; raises one of CANNOT_START."""
        while True:
            spare = self._next is not None
            self.warm()
            assert self._next is not None
            try:
                child, connection = await asyncio.shield(self._next)  # when we are cancelled, `close` still finds it
            except CANNOT_START:
                self._next = None
                if not spare:
                    raise
                continue  # the spare could not start when it was wanted; perhaps one can now
            self._next = None
            if not child.join(0.0):
                return child, connection
            connection.close()

    async def close(self) -> None:
        """End the process that waits."""
        if self._next is not None:
            waiting, self._next = self._next, None
            with contextlib.suppress(*CANNOT_START):
                child, connection = await waiting
                child.kill()
                await asyncio.to_thread(child.join)
                connection.close()
