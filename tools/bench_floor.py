"""The floor of the machine: how late it wakes a bare real-time thread that only sleeps on a grid.

Run as a process of its own: `python -m tools.bench_floor SECONDS`; prints the lateness of each waking, ms, as
JSON. What is late here is late for everybody.
"""

import contextlib
import json
import os
import sys
import time

GRID_S = 0.0144  # MIDI clock at 174 bpm
PRIORITY = 5  # the player's


def main(seconds: float) -> list[float]:
    """Return the lateness of each waking, ms."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    begin = time.monotonic()
    late = []
    for turn in range(1, int(seconds / GRID_S)):
        due = begin + turn * GRID_S
        time.sleep(max(0.0, due - time.monotonic()))
        late.append(1000.0 * (time.monotonic() - due))
    return late


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]))))
