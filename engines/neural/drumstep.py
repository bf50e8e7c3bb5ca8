"""One step of drums decided class after class, and how the hits of a bar sound."""

import math
from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.drums import CLASS_OF, COUNT, KEYS, MAX_OFFSET, Hits
from engines.expert import Request
from engines.genre import accents, thresholds
from engines.neural.drumframe import CLOSED, KICK, OPEN, SNARE, Frame
from engines.note import Note
from engines.seed import mix
from engines.understudy.stage import Stage
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

Floats = NDArray[np.float32]

STEER_LIMIT: Final = 5.0  # logits
PLAIN_LEVEL: Final = 0.75  # of the voice's loudness, for hits that the genre's groove does not know
SURE: Final = 30.0  # logits beyond which the exponential would overflow for nothing


class StepPlayer:
    """Decides the hits of one bar, step after step."""

    def __init__(
        self, frame: Frame, stage: Stage, before: Hits | None, known: Hits, numbers: Mapping[str, float]
    ) -> None:
        """Take the frame, the bar before, what of this bar has sounded, and the card's decoding."""
        plan = stage.request.plan
        self.frame, self.before, self.known, self.numbers = frame, before, known, numbers
        self.marks = _marks(stage.request, frame.fill)
        self.heat = numbers["temperature"] + numbers["temperature_rise"] * plan.mean_tension
        self.loyalty = numbers["repeat"] * (1 - plan.variation)

    def play(self, grid: Hits, step: int, logits: Floats) -> None:
        """Write one step into the grid: each class knows the ones decided before it (the network's couplings)."""
        row, bias = logits.tolist(), self._leaning(grid, step)
        hits: list[bool] = []
        pair = COUNT
        for number in range(COUNT):
            value = row[number] + bias[number] + sum(row[pair + other] for other in range(number) if hits[other])
            pair += number
            hits.append(self._hit(step, number, value, hits))
        struck = np.array(hits) & ~self.known.hits[step]
        grid.hits[step] |= struck
        grid.velocities[step] += np.where(struck, 1 / (1 + np.exp(-logits[-2 * COUNT : -COUNT])), 0)
        grid.offsets[step] += np.where(struck, np.tanh(logits[-COUNT:]), 0)

    def _hit(self, step: int, number: int, value: float, hits: list[bool]) -> bool:
        chance = 1 / (1 + math.exp(-max(-SURE, min(SURE, value / self.heat))))
        floor = self.numbers["floor"]
        wanted = chance > 1 - floor or (chance >= floor and bool(self.marks[step, number] < chance))
        choked = number == OPEN and hits[CLOSED]  # one pair of cymbals
        return bool(self.frame.must[step, number]) or (wanted and not choked and not self.frame.never[step, number])

    def _leaning(self, grid: Hits, step: int) -> list[float]:
        """Return logits added per class: the genre's hats, the bar before, and the wished number of hits."""
        bias = self.frame.bias[step].astype(np.float64)
        if step < self.frame.fill:  # a fill breaks with the groove and its density
            behind = self.frame.hits * step / STEPS_PER_BAR - float(grid.hits[:step].sum())
            missed = self.frame.hits - float(self.before.hits.sum()) if self.before else 0.0
            steer = self.numbers["steer"] * behind + self.numbers["carry"] * missed
            bias += max(-STEER_LIMIT, min(STEER_LIMIT, steer))
            if self.before:
                bias += np.where(self.before.hits[step], self.loyalty, -self.loyalty)
        found: list[float] = bias.tolist()
        return found


class Sound(msgspec.Struct, frozen=True, eq=False):
    """How each cell [16, 9] of a bar would sound: offset in ticks, velocity, percussion key."""

    late: NDArray[np.int64]
    velocity: NDArray[np.int64]
    keys: list[list[int]]

    @classmethod
    def of(cls, stage: Stage, grid: Hits, numbers: Mapping[str, float]) -> "Sound":
        """Read the learned timing and dynamics of a bar against the genre's levels and kit."""
        return cls(_timing(grid, numbers["late"]), _dynamics(stage, grid, numbers["spread"]), _keys(stage))

    def note(self, step: int, number: int, start: int) -> Note:
        """Return the note of a hit; never before `start` (ticks)."""
        onset = max(start, step * TICKS_PER_STEP + int(self.late[step, number]))
        return Note(onset, TICKS_PER_STEP, self.keys[step][number], int(self.velocity[step, number]))


def _marks(request: Request, fill: int) -> Floats:
    """Return the dice of the bar [16, 9]: the visit's, so that a groove stays; new ones by variation, in fills."""
    visit = np.random.default_rng(mix(request.phrase_seed, "drums")).random((STEPS_PER_BAR, COUNT))
    dice = np.random.default_rng(mix(request.seed, "drums"))
    fresh, chance = dice.random((STEPS_PER_BAR, COUNT)), dice.random((STEPS_PER_BAR, COUNT))
    renew = np.where(np.arange(STEPS_PER_BAR) < fill, request.plan.variation / 2, 1.0)
    return np.where(chance < renew[:, None], fresh, visit).astype(np.float32)


def _timing(grid: Hits, most: float) -> NDArray[np.int64]:
    """Return the offsets in ticks [16, 9] around the kick's: drummers run ahead of the grid, a band does not."""
    kicks = grid.hits[:, KICK]
    centre = grid.offsets[kicks, KICK] if kicks.any() else grid.offsets[grid.hits]
    late = grid.offsets - (centre.mean() if centre.size else 0.0)
    return np.asarray(np.clip(np.rint(late * MAX_OFFSET), -most, most), np.int64)


def _dynamics(stage: Stage, grid: Hits, spread: float) -> NDArray[np.int64]:
    """Return velocities [16, 9]: the genre's loudness and levels, the learned dynamics within each class on top."""
    body = _levels(stage)
    counts = np.maximum(1, grid.hits.sum(axis=0))
    means = np.where(grid.hits, grid.velocities, 0).sum(axis=0) / counts
    shaped = body + spread * 127 * (grid.velocities - means)
    return np.asarray(np.clip(np.rint(shaped), 1, 127), np.int64)


def _levels(stage: Stage) -> NDArray[np.float64]:
    """Return the genre's velocity per step and class: a groove's accents where it plays, plain hits elsewhere."""
    plain = np.array([stage.velocity(step * TICKS_PER_STEP, 0.0, PLAIN_LEVEL) for step in range(STEPS_PER_BAR)])
    found = np.repeat(plain[:, None].astype(np.float64), COUNT, axis=1)
    for drum, part in stage.genre.grooves[stage.figure_name()].items():
        number = CLASS_OF.get(stage.genre.kit[drum])
        strengths = accents(part.accents)
        for step, threshold in enumerate(thresholds(part.plays)):
            if number is not None and threshold <= 1:
                loud = stage.velocity(step * TICKS_PER_STEP, strengths[step], part.level)
                found[step, number] = max(found[step, number], loud)
    return found


def _keys(stage: Stage) -> list[list[int]]:
    """Return the percussion key per step and class: the snare is a clap where the genre's groove claps."""
    clap = stage.genre.grooves[stage.figure_name()].get("clap")
    claps = [value <= 1 for value in thresholds(clap.plays)] if clap else [False] * STEPS_PER_BAR
    found = [list(KEYS) for _ in range(STEPS_PER_BAR)]
    for step, claps_here in enumerate(claps):
        if claps_here:
            found[step][SNARE] = stage.genre.kit["clap"]
    return found
