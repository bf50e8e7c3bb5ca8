"""A JACK client that writes what it hears to a file, block by block: `python -m tests.e2e.tape SERVER FILE`.

A process of its own: libjack may take its process with it when a server dies.
"""

import os
import struct
import sys
import threading
from collections import deque
from pathlib import Path

import jack


def main(server: str, path: str) -> None:
    blocks: deque[tuple[int, bytes]] = deque()
    client = jack.Client("tape", no_start_server=True, servername=server)
    heard = client.inports.register("in")
    client.set_process_callback(lambda _: blocks.append((client.last_frame_time, bytes(heard.get_buffer()))))
    client.activate()
    parent, pause = os.getppid(), threading.Event()
    with Path(path).open("wb", buffering=0) as file:
        while os.getppid() == parent:
            while blocks:
                frame, data = blocks.popleft()
                file.write(struct.pack("<qq", frame, len(data)) + data)
            pause.wait(0.01)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
