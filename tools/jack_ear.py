"""The ruler's ear: a JACK client that tells, one msgpack line each, every message it hears and at which frame.

Run as a process of its own: `python -m tools.jack_ear SERVER CLIENT PORT…`; it writes to stdout until stdin closes.
"""

import gc
import os
import struct
import sys
import time
from collections import deque
from typing import Any, Final

import jack
import msgspec

from server.drivers.jacktime import CycleClock

DRAIN_S: Final = 0.005

Heard = tuple[int, float, str, bytes]  # frame, monotonic s, port, message


class Ear:
    """Input ports by the names given; the callback only appends."""

    def __init__(self, server: str, client: str, ports: list[str]) -> None:
        """Open and listen; raises JackError without a server."""
        self.heard: deque[Heard] = deque()
        self.client = jack.Client(client, no_start_server=True, servername=server, use_exact_name=True)
        self._inputs = [(name, self.client.midi_inports.register(name)) for name in ports]
        self._clock = CycleClock(self.client)
        self.xruns = 0
        self.client.set_process_callback(self._process)
        self.client.set_shutdown_callback(lambda *_: os._exit(3))
        self.client.set_xrun_callback(self._xrun)
        self.client.activate()

    def _xrun(self, _delay: float) -> None:
        self.xruns += 1

    def _process(self, frames: int) -> None:
        self._clock.update(frames)
        first = self.client.last_frame_time
        for name, port in self._inputs:
            for offset, data in port.incoming_midi_events():
                moment = self._clock.start + offset * self._clock.per_frame
                self.heard.append((first + offset, moment, name, bytes(data)))


def send(message: Any) -> None:
    """Write one message, its length before it."""
    data = msgspec.msgpack.encode(message)
    os.write(1, struct.pack("<I", len(data)) + data)


def main(server: str, client: str, *ports: str) -> None:
    """Listen until whoever started us goes away."""
    ear = Ear(server, client, list(ports))
    send({"rate": ear.client.samplerate, "period": ear.client.blocksize})
    gc.freeze()
    sys.setswitchinterval(0.0005)
    parent, xruns = os.getppid(), 0
    while os.getppid() == parent:
        time.sleep(DRAIN_S)
        batch = []
        while ear.heard:
            batch.append(ear.heard.popleft())
        if batch or ear.xruns != xruns:
            xruns = ear.xruns
            send({"heard": batch, "xruns": xruns})
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
