"""Vitals: whether a silent process is stuck, or only gets no processor from a busy machine."""

import os
from pathlib import Path
from typing import Final

import msgspec

BUSY: Final = 0.5  # share of a processor that only a process in an endless loop takes while it says nothing


class Vitals(msgspec.Struct, frozen=True):
    """State letter as in proc(5) and processor time used so far, s."""

    state: str
    cpu_s: float


def look(pid: int) -> Vitals | None:
    """Return the vitals of a process; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return Vitals(fields[0], (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


def stuck(before: Vitals | None, now: Vitals | None, silent_s: float) -> bool:
    """Whether a process that said nothing for `silent_s` is stopped, gone or in an endless loop.

    One that sleeps or waits for a processor may come back by itself. Where the system does not tell: True.
    """
    if before is None or now is None or now.state in "TtZX":
        return True
    return now.cpu_s - before.cpu_s > BUSY * silent_s
