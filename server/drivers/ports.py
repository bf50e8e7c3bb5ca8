"""Survey: the MIDI of this machine, asked in processes of their own: a library that meets a frozen server hangs."""

import subprocess
import sys
from typing import Final

import msgspec

from server.drivers.inventory import System

PROBE_S: Final = 3.0
MARK: Final = "survey:"  # the libraries write to stdout as well
CODE: Final = """
import msgspec
from server.drivers import inventory, ports
print(ports.MARK + msgspec.json.encode(inventory.{call}).decode())
"""


def survey(jack_server: str | None = None) -> tuple[System, ...]:
    """Return JACK and the system's own MIDI, in the order in which `auto` tries them.

    Takes at most 2 * PROBE_S and never raises; what is missing stands in `detail`, with what to do about it.
    """
    return (
        _ask("jack", f"jack_system({jack_server!r})", "the JACK server does not answer: restart it"),
        _ask("rtmidi", "rtmidi_system()", "the system's MIDI does not answer: restart its service"),
    )


def _ask(backend: str, call: str, hung: str) -> System:
    command = [sys.executable, "-c", CODE.format(call=call)]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=PROBE_S, check=False)
    except subprocess.TimeoutExpired:
        return System(backend, works=False, detail=hung)
    for line in answer.stdout.decode(errors="replace").splitlines():
        if line.startswith(MARK):
            return msgspec.json.decode(line.removeprefix(MARK), type=System)
    trouble = answer.stderr.decode(errors="replace").strip().splitlines() or [f"exit {answer.returncode}"]
    return System(backend, works=False, detail=f"its library fails: {trouble[-1]}")
