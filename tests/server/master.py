"""A simulated master clock: MIDI bytes with jitter, losses and doubles, and the truth behind them."""

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

START, CONTINUE, STOP, CLOCK = b"\xfa", b"\xfb", b"\xfc", b"\xf8"


@dataclass
class Master:
    """times[n]: when pulse n truly sounds; sent: (time, pulse number) as they arrive, sorted."""

    times: list[float]
    sent: list[tuple[float, int]]
    bpm_of: Callable[[float], float]

    def tick(self, time: float) -> float:
        """Ticks since pulse 0, true at `time`."""
        n = min(max(bisect_right(self.times, time) - 1, 0), len(self.times) - 2)
        return 20 * (n + (time - self.times[n]) / (self.times[n + 1] - self.times[n]))


def master(
    bpm_of: Callable[[float], float], beats: float, jitter=0.0, lost=0.0, doubled=0.0, *, seed=1, begin=5.0
) -> Master:
    """Pulses of a clock whose bpm is a function of the beat; jitter in s (one sigma), lost and doubled 0..1."""
    dice = random.Random(seed)
    times, sent, time = [], [], begin
    for n in range(int(beats * 24)):
        times.append(time)
        if n == 0 or dice.random() >= lost:
            arrival = time + dice.gauss(0, jitter)
            sent.append((arrival, n))
            if dice.random() < doubled:
                sent.append((arrival + abs(dice.gauss(0, 0.001)), n))
        time += 60 / 24 / bpm_of(n / 24)
    return Master(times, sorted(sent), bpm_of)
