"""When the pulses of a jittery clock were meant to come, although some are lost and some come twice.

Whether a pulse is the next one, a double, the one after a lost one or the first of a new tempo is often clear
only some pulses later. So a few guesses live side by side (multiple hypothesis tracking, Reid 1979); each is a
straight line through its pulses, fitted with fading memory (recursive least squares), scored by how likely its
pulses are; the unlikely ones die.
"""

import math
from typing import NamedTuple

MEMORY_S = 1.0
"""Older pulses count less by this time constant: a jitter of 2 ms leaves < 0.1 bpm from 20 to 300 bpm."""
PERIODS_S = tuple(0.008 * 1.22**n for n in range(15))
"""First guesses at the period: 312 to 19 bpm at 24 pulses a beat; each covers the way to the next one."""
FIRST_JITTER_S = 0.004
LEAST_JITTER_S = 0.0004
JITTER_RATE = 0.03
DOUBLE_GAP_S = 0.001
"""Mean distance of a double from its pulse."""
LEAST_GAP_S = 0.0015
"""1,600 bpm: certainly a double, and a flood of clock bytes costs nothing."""
P_DOUBLE, P_LOST, P_LEAST = math.log(0.03), math.log(0.04), math.log(1e-9)
SETTLED_AGE = 6
"""A guess is believed only so many pulses after its tempo was torn away: one late pulse is no new tempo."""
STEP = 0.7
TURNS = ((0.0, math.log(0.95)), (0.02, math.log(0.01)), (STEP, math.log(0.0005)))
"""Tempo changes between two pulses: relative size (sigma) and how likely: none, part of a ramp, a step."""
DOUBT = 3.0
"""Of the guesses nearly as likely as the likeliest (natural logarithm) the steadiest is believed."""
SCORE_GATE = 16.0
GUESSES = 20
GUESSES_PER_INDEX = 4
LOST_S = 2.0


class Guess(NamedTuple):
    """One reading of the pulses so far: the line, its covariance in units of jitter^2, its log likelihood."""

    score: float
    number: int
    time: float
    period: float
    tt: float
    tp: float
    pp: float
    age: int


class Pulses:
    """Follows one clock."""

    def __init__(self) -> None:
        """Wait for the first pulse."""
        self._guesses: list[Guess] = []
        self._best: Guess | None = None
        self._jitter2 = FIRST_JITTER_S**2
        self._last = -math.inf

    @property
    def best(self) -> Guess | None:
        """The likeliest settled reading; None before there is one."""
        return self._best

    @property
    def jitter(self) -> float:
        """Standard deviation (s) of the arrivals."""
        return math.sqrt(self._jitter2)

    def feed(self, time: float) -> None:
        """Take a pulse that came at `time` (s, never before the last one)."""
        gap = time - self._last
        if gap < LEAST_GAP_S:
            return
        self._last = time
        if gap > LOST_S:
            self._best = None
            self._guesses = [
                Guess(0.0, 0, time, period, 1.0, 0.0, (0.1 * period) ** 2 / self._jitter2, 0) for period in PERIODS_S
            ]
            return
        branches = [branch for guess in self._guesses for branch in self._branches(guess, time, gap)]
        branches.sort(reverse=True)
        self._learn_jitter(branches[0], time)
        self._guesses = _survivors(branches)
        likely = [guess for guess in self._guesses if guess.age >= SETTLED_AGE and guess.score > -DOUBT]
        self._best = min(likely, key=lambda guess: guess.pp, default=self._best)

    def _branches(self, guess: Guess, time: float, gap: float) -> list[Guess]:
        near = round((time - guess.time) / guess.period)
        score = guess.score + P_DOUBLE - gap / DOUBLE_GAP_S - math.log(DOUBLE_GAP_S)
        found = [guess._replace(score=score)]
        for count in {1, 2, near, near + 1} - {0}:
            if count > 0:
                chance = guess.score + max((count - 1) * P_LOST, P_LEAST)
                found += [
                    self._step(guess._replace(score=chance + p), time, count, turn)
                    for turn, p in TURNS[: 3 if count == 1 else 1]
                ]
        return found

    def _step(self, guess: Guess, time: float, count: int, turn: float) -> Guess:
        """Move `count` pulses on, the tempo perhaps having turned, and take `time` for that pulse."""
        fade = max(0.5, 1.0 - guess.period / MEMORY_S) ** count
        pp = guess.pp + (turn * guess.period) ** 2 / self._jitter2
        tt = (guess.tt + count * (2 * guess.tp + count * pp)) / fade
        tp = (guess.tp + count * pp) / fade
        pp /= fade
        residual = time - guess.time - count * guess.period
        spread = 1.0 + tt
        variance = spread * self._jitter2
        return Guess(
            guess.score - 0.5 * (residual * residual / variance + math.log(2 * math.pi * variance)),
            guess.number + count,
            time - residual / spread,
            guess.period + tp / spread * residual,
            tt / spread,
            tp / spread,
            pp - tp * tp / spread,
            0 if turn == STEP else guess.age + 1,
        )

    def _learn_jitter(self, best: Guess, time: float) -> None:
        if best.age >= SETTLED_AGE and best.tt < 0.5:
            seen = min((time - best.time) ** 2 / (1 - best.tt), 9 * self._jitter2)
            self._jitter2 = max(self._jitter2 + JITTER_RATE * (seen - self._jitter2), LEAST_JITTER_S**2)


def _survivors(branches: list[Guess]) -> list[Guess]:
    """Keep the likeliest, not too many of them alike; scores count from the best."""
    best = branches[0].score
    kept: list[Guess] = []
    alike: dict[int, int] = {}
    for branch in branches:
        if branch.score < best - SCORE_GATE or len(kept) == GUESSES:
            break
        alike[branch.number] = alike.get(branch.number, 0) + 1
        if alike[branch.number] <= GUESSES_PER_INDEX and branch.period > 0:
            kept.append(branch._replace(score=branch.score - best))
    return kept
