"""The performer's hand: a JACK client in a process of its own that sends MIDI, each message at its frame.

The parent's side is `MidiHand`; the process is `python -m tests.e2e.midi_hand SERVER CLIENT` and ends with its parent.
"""

import contextlib
import gc
import heapq
import os
import struct
import subprocess
import sys
import threading
import time
from collections import deque

import jack
import msgspec

from tools.jack_ear import DRAIN_S, send
from tools.jack_ruler import Heard, JackServer

OPEN_S = 10.0
SOON_S = 0.06
"""What a message may need through pipe and threads to the callback on a busy machine; earlier would be late."""
PORT = "hand"


class _News(msgspec.Struct, frozen=True):
    frame: int = 0
    time: float = 0.0
    rate: int = 0
    sent: list[Heard] = []


class MidiHand:
    """Sends to port `control` of the server; sent: what really went out, at which frames (those of the ear)."""

    def __init__(self, server: JackServer, target: str = "melody-engine:control") -> None:
        self.sent: list[Heard] = []
        self._news = threading.Condition()
        self._origin = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.midi_hand", server.name, PORT],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        with self._news:
            assert self._news.wait_for(lambda: self._origin is not None, OPEN_S), "the hand does not open"
        end = time.monotonic() + OPEN_S
        while not server.connect(f"{PORT}:{PORT}", target):  # fails as well while JACK is busy with another client
            assert time.monotonic() < end, f"no port {target}; there are: {server.ports()}"

    @property
    def rate(self) -> int:
        return self._origin.rate

    def frame_in(self, seconds: float) -> int:
        """Return the frame that comes so many seconds from now."""
        origin = self._origin  # the newest reading: clocks drift, cycles are lost
        return round(origin.frame + (time.monotonic() + seconds - origin.time) * origin.rate)

    def play(self, *messages: bytes, frame: int | None = None) -> Heard:
        """Send messages together, now or at a frame; return the last as it went out."""
        frame = self.frame_in(SOON_S) if frame is None else frame
        begun = len(self.sent)
        self.plan([(frame, data) for data in messages])
        with self._news:
            gone = self._news.wait_for(lambda: any(s.data == messages[-1] for s in self.sent[begun:]), OPEN_S)
            assert gone, "nothing went out"
            return next(s for s in self.sent[begun:] if s.data == messages[-1])

    def plan(self, messages: list[tuple[int, bytes]]) -> None:
        """Send each at its frame; a frame that has passed means as soon as possible."""
        data = msgspec.msgpack.encode(messages)
        self._process.stdin.write(struct.pack("<I", len(data)) + data)
        self._process.stdin.flush()

    def reach(self, frame: int, timeout: float = 30.0) -> None:
        """Wait until this frame has passed."""
        with self._news:
            assert self._news.wait_for(lambda: self._origin.frame >= frame, timeout), "the hand stands still"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()

    def _listen(self) -> None:
        decoder = msgspec.msgpack.Decoder(_News)
        stream = self._process.stdout
        while len(head := stream.read(4)) == 4:
            news = decoder.decode(stream.read(struct.unpack("<I", head)[0]))
            with self._news:
                self.sent += news.sent
                self._origin = news
                self._news.notify_all()


def main(server: str, client_name: str) -> None:
    """Send until whoever started us goes away."""
    client = jack.Client(client_name, no_start_server=True, servername=server, use_exact_name=True)
    output = client.midi_outports.register(client_name)
    coming: deque[tuple[int, int, bytes]] = deque()
    waiting: list[tuple[int, int, bytes]] = []
    sent: deque[tuple[int, float, str, bytes]] = deque()

    def process(frames: int) -> None:
        output.clear_buffer()
        first = client.last_frame_time
        while coming:
            heapq.heappush(waiting, coming.popleft())
        while waiting and waiting[0][0] < first + frames:
            frame, _, data = heapq.heappop(waiting)
            offset = max(0, frame - first)
            output.write_midi_event(offset, data)
            sent.append((first + offset, 0.0, client_name, data))

    client.set_process_callback(process)
    client.set_shutdown_callback(lambda *_: os._exit(3))
    client.activate()
    pause = threading.Event()  # never set: what was sent is told every DRAIN_S, `_take` ends the process
    threading.Thread(target=_take, args=(coming,), daemon=True).start()
    gc.freeze()
    sys.setswitchinterval(0.0005)
    while True:
        pause.wait(DRAIN_S)
        batch = [sent.popleft() for _ in range(len(sent))]
        now, frame = time.monotonic(), client.frame_time
        send({"frame": frame, "time": now, "rate": client.samplerate, "sent": batch})


def _take(coming: deque[tuple[int, int, bytes]]) -> None:
    serial = 0
    while len(head := sys.stdin.buffer.read(4)) == 4:
        for frame, data in msgspec.msgpack.decode(sys.stdin.buffer.read(struct.unpack("<I", head)[0])):
            coming.append((frame, serial, data))
            serial += 1
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
