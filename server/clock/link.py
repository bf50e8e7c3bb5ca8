"""Following an Ableton Link session: bar lines and tempo agree with everybody's; sans I/O.

Link shares beats, and the phase of a quantum: ours is the bar. The timeline is computed from what the session says
now, so a session that jumps (a reset, a join) is a phase error like any other: drawn near to, never jumped.
"""

import math

from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT
from server.clock.slew import slew
from server.timeline import Timeline

QUANTUM_BEATS = float(BEATS_PER_BAR)
NEAR_TICKS = 0.3
"""0.3 ms at 120 bpm: nearer than that nothing is worth a message."""
NEAR_BPM = 1e-3


def wanted(timeline: Timeline, time: float, beat: float, bpm: float) -> Timeline:
    """Return the session's timeline, in our bar numbers: those that are nearest to `timeline` at `time` (s)."""
    phase = beat % QUANTUM_BEATS * TICKS_PER_BEAT
    bars = round((timeline.tick(time) - phase) / TICKS_PER_BAR)
    return Timeline(bpm, bars * TICKS_PER_BAR + phase, time)


def error_ticks(timeline: Timeline, time: float, beat: float) -> float:
    """Return by how many ticks the session is ahead of us, at most half a bar."""
    return wanted(timeline, time, beat, timeline.bpm).tick0 - timeline.tick(time)


def follow(timeline: Timeline, time: float, beat: float, bpm: float) -> Timeline:
    """Return the timeline to use from `time` (s) on, where the session is at `beat`; the same one if it is near."""
    if abs(error_ticks(timeline, time, beat)) < NEAR_TICKS and abs(timeline.bpm - bpm) < NEAR_BPM:
        return timeline
    return slew(timeline, wanted(timeline, time, beat, bpm), time)


def place(tick: int, time: float, beat: float, bpm: float) -> Timeline:
    """Let `tick`, a bar line, sound on the session's next bar line; `beat` is the session's at `time` (s)."""
    left = math.ceil(beat / QUANTUM_BEATS) * QUANTUM_BEATS - beat
    return Timeline(bpm, tick, time + left * 60.0 / bpm)
