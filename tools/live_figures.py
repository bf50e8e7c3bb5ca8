"""Figures of `bench live`: pure functions from what was sent, told and heard."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from tools.jack_ruler import Heard

WINDOW_MS: Final = 15.0
SURE: Final = 0.95


class Probe(msgspec.Struct, frozen=True):
    """One wish shortly before a bar line. early_ms: how long before; honoured: whether that bar heeded it."""

    kind: str
    wish: str | float
    early_ms: float
    honoured: bool = False

    def judged(self, plan: Sequence[Any]) -> "Probe":
        """Return the probe, judged by the arguments of the bar's `/plan`: number, section, tension, chords."""
        _, section, tension, chords = plan
        told = {"section": section, "tension": tension, "chord": chords}[self.kind]
        same = abs(told - self.wish) < 1e-3 if isinstance(self.wish, float) else told == self.wish
        return replace(self, honoured=bool(same))


def row(name: str, value: Any, unit: str, goal: str) -> dict[str, Any]:
    """Return one line of a result."""
    return {"name": name, "value": value, "unit": unit, "goal": goal}


def honoured_from(probes: Sequence[Probe]) -> float:
    """Return the least distance (ms) from which on every window of WINDOW_MS was honoured by SURE; nan if none."""
    best = float("nan")
    for edge in sorted((probe.early_ms for probe in probes), reverse=True):
        window = [probe.honoured for probe in probes if edge <= probe.early_ms < edge + WINDOW_MS]
        if sum(window) < SURE * len(window):
            break
        best = edge
    return best


def decided_from(probes: Sequence[Probe]) -> float:
    """Return the distance (ms) that best parts the wishes heeded from those that came too late; nan without any."""

    def wrong(edge: float) -> int:
        return sum(probe.honoured != (probe.early_ms >= edge) for probe in probes)

    return min((probe.early_ms for probe in probes), key=wrong, default=float("nan"))


def silent_bars(heard: Iterable[Heard], lines: Sequence[float]) -> int:
    """Count the bars between neighbouring lines (s) in which no note began."""
    onsets = [message.time for message in heard if message.data[0] & 0xF0 == 0x90]
    slack = 0.005
    return sum(
        not any(begin - slack <= onset < end - slack for onset in onsets) for begin, end in itertools.pairwise(lines)
    )


def unbalanced(heard: Iterable[Heard]) -> tuple[int, int]:
    """Count the presses that came again before their release, and those that nothing ever released.

    The first are struck twice where a release was lost on the way; the second hang.
    """
    sounding: set[tuple[str, int, int]] = set()
    again = 0
    for message in heard:
        kind, note = message.data[0] & 0xF0, (message.port, message.data[0] & 0x0F, message.data[1:2][0])
        if kind == 0x90:
            again += note in sounding
            sounding.add(note)
        elif kind == 0x80:
            sounding.discard(note)
    return again, len(sounding)
