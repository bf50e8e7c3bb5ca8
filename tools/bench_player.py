"""The player process with an eye on its rtmidi send calls: when each was made, written to a file at the end."""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec

import server.drivers.rtmidi as driver
from server.player import process

LOG_VARIABLE: Final = "MELODY_ENGINE_BENCH_LOG"


class Witness:
    """An output device that notes when it is asked to send, and passes on."""

    log: list[tuple[float, str, bytes]] = []

    def __init__(self, device: Any, port: str) -> None:
        """Stand before `device`."""
        self._device, self._port = device, port
        self.close_port = device.close_port

    def send_message(self, data: bytes) -> None:
        """Note the moment of the call."""
        self.log.append((time.monotonic(), self._port, data))
        self._device.send_message(data)


def main(connection: "Connection[Any, Any]") -> None:
    """Entry of the process, in place of `server.player.process.main`."""
    plain = driver.RtMidiSink._open_output
    driver.RtMidiSink._open_output = lambda sink, name: Witness(plain(sink, name), name)  # type: ignore[method-assign,assignment]
    leave = os._exit

    def write_and_leave(status: int) -> None:
        Path(os.environ[LOG_VARIABLE]).write_bytes(msgspec.msgpack.encode(Witness.log))
        leave(status)

    os._exit = write_and_leave  # type: ignore[assignment]
    process.main(connection)
