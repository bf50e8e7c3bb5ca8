"""The control of the ruler: a plain JACK client that writes a clock byte at every N-th frame, exactly.

Run as a process of its own: `python -m tools.jack_control SERVER CLIENT N`; ends with whoever started it. What the
ear hears of it is what the server and the machine do to messages that are right by construction.
"""

import os
import sys
import time

import jack

POLL_S = 0.5


def main(server: str, client_name: str, every: int) -> None:
    """Send until whoever started us goes away."""
    client = jack.Client(client_name, no_start_server=True, servername=server, use_exact_name=True)
    output = client.midi_outports.register("control")

    def process(frames: int) -> None:
        output.clear_buffer()
        first = client.last_frame_time
        for frame in range(-(-first // every) * every, first + frames, every):
            output.write_midi_event(frame - first, b"\xf8")

    client.set_process_callback(process)
    client.activate()
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
