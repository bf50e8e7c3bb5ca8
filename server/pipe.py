"""Pipe: a duplex message channel to another process that never blocks its owner.

Main's event loop must not stand still because a child is stopped and its pipe is full; the player must not
miss a note because main is. So each end has two threads of its own: one reads, one writes from a bounded queue.
"""

import contextlib
import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final, Generic, TypeVar

import msgspec

MAX_MESSAGE_BYTES: Final = 4 << 20
MAX_WAITING: Final = 2048

Sent = TypeVar("Sent")
Received = TypeVar("Received")


class Pipe(Generic[Sent, Received]):
    """One end of a connection; messages are msgpack of tagged structs.

    receives: the type (union) of what comes in.  on_message, on_closed: called on the reading thread, perhaps
    before the constructor has returned; closed once and last.  A message longer than MAX_MESSAGE_BYTES or of no
    known type closes the pipe: the peer is broken.  `send` never blocks and never raises.
    """

    def __init__(
        self,
        connection: "Connection[Any, Any]",
        receives: Any,
        on_message: Callable[[Received], None],
        on_closed: Callable[[], None],
    ) -> None:
        """Start reading and writing."""
        self._connection = connection
        self._decoder: msgspec.msgpack.Decoder[Received] = msgspec.msgpack.Decoder(receives)
        self._encoder = msgspec.msgpack.Encoder()
        self._on_message = on_message
        self._on_closed = on_closed
        self._waiting: deque[bytes] = deque()
        self._wake = threading.Condition()
        self._open = True
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message: Sent) -> bool:
        """Queue a message; False when the pipe is closed or MAX_WAITING messages wait already (peer stuck)."""
        data = self._encoder.encode(message)
        with self._wake:
            if not self._open or len(self._waiting) >= MAX_WAITING:
                return False
            self._waiting.append(data)
            self._wake.notify()
        return True

    @property
    def unread(self) -> bool:
        """Whether the peer has said something that our reading thread, for want of a processor, has not taken yet."""
        with contextlib.suppress(OSError, ValueError):
            return self._open and self._connection.poll(0)
        return False

    def close(self, drain_s: float = 0.0) -> None:
        """Close; waits at most `drain_s` for what is queued to be written."""
        with self._wake:
            if drain_s:
                self._wake.wait_for(lambda: not self._waiting or not self._open, drain_s)
            self._open = False
            self._wake.notify_all()
        _hang_up(self._connection)

    def _read(self) -> None:
        try:
            while True:
                self._on_message(self._decoder.decode(self._connection.recv_bytes(MAX_MESSAGE_BYTES)))
        except (EOFError, OSError, TypeError, msgspec.DecodeError):
            pass  # peer gone, closed by us, or broken: the same end for all
        finally:
            self.close()
            self._writer.join(1.0)  # it may still hold the descriptor
            self._connection.close()
            self._on_closed()

    def _write(self) -> None:
        while (data := self._take()) is not None:
            try:
                self._connection.send_bytes(data)
            except (OSError, ValueError, TypeError):
                return
            with self._wake:
                self._waiting.popleft()
                self._wake.notify_all()

    def _take(self) -> bytes | None:
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or not self._open)
            return self._waiting[0] if self._open else None


def _hang_up(connection: "Connection[Any, Any]") -> None:
    """Wake both threads out of a blocking read or write; what is written already still reaches the peer."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            connection.close()
            return
        with socket.socket(fileno=os.dup(connection.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)
