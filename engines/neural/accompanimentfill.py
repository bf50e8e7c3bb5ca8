"""Masked parallel decoding: all unknown cells are guessed at once, the surest are kept, the rest guessed anew.

After Coconet (Huang et al. 2017) and MaskGIT (Chang et al. 2022: the cosine schedule). Law: the cells are a legal bar
after every pass: no HOLD follows a REST, nothing leaves its frame, and what is settled never changes.
"""

import math
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.accompaniment import MASK, VOICES, Cells, fields
from engines.codec.grid import VELOCITY_BINS
from engines.codec.lead import HOLD, PITCHES, REST, TOKENS
from engines.neural.accompanimentframe import FREE, AccompanimentDecoding, Frame
from engines.neural.gridsession import GridSession
from engines.neural.sampling import distribution, guided, pick, softmax
from engines.units import STEPS_PER_BAR

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Scene(msgspec.Struct, frozen=True, eq=False):
    """What stands around the cells.

    now int64 [3, 16]: what is known of this bar, MASK else. melody [2, 16], past [LAGS, 3, 16]: as in the codec.
    told float32 [R, 16, F]: R = 2 with guidance (all conditions; without chords) else 1.
    """

    now: Ints
    melody: Ints
    past: Ints
    told: Floats


class Marks(msgspec.Struct, frozen=True, eq=False):
    """All the chance of a bar, 0..1: cells [3, 16] decide tokens, bins [3, 16] velocities, order [passes, 3, 16]."""

    cells: NDArray[np.float64]
    bins: NDArray[np.float64]
    order: NDArray[np.float64]

    @classmethod
    def of(cls, dice: np.random.Generator, passes: int) -> "Marks":
        """Draw the marks of a bar."""
        shape = (len(VOICES), STEPS_PER_BAR)
        return cls(dice.random(shape), dice.random(shape), dice.random((passes, *shape)))


class Filling(msgspec.Struct, frozen=True, eq=False):
    """One bar being completed: session and scene, a frame for each asked voice, all chance, and the numbers."""

    session: GridSession
    scene: Scene
    frames: dict[str, Frame]
    marks: Marks
    numbers: AccompanimentDecoding

    def passes(self) -> Iterator[Cells]:
        """Yield the cells after every pass, MASK where one is not decided yet; the last leaves none in asked voices."""
        tokens = self.scene.now.copy()
        for voice, frame in self.frames.items():
            tokens[VOICES.index(voice)] = np.where(frame.settled == FREE, MASK, frame.settled)
        rows = [VOICES.index(voice) for voice in self.frames]
        unknown = [(row, step) for row in rows for step in range(STEPS_PER_BAR) if tokens[row, step] == MASK]
        bins, total, count = np.zeros_like(tokens), len(unknown), len(self.marks.order)
        for number in range(count):
            logits = self._logits(tokens)
            sure = {row: self._sureness(row, logits, tokens, number) for row in rows}
            ranked = sorted(unknown, key=lambda cell: -sure[cell[0]][cell[1]])
            left = math.floor(total * math.cos(math.pi / 2 * (number + 1) / count)) if number + 1 < count else 0
            for cell in ranked[: len(unknown) - left]:
                tokens[cell], bins[cell] = self._draw(cell, logits, tokens)
            unknown = ranked[len(unknown) - left :]
            yield Cells(tokens.copy(), bins.copy())

    def _logits(self, tokens: Ints) -> Floats:
        """Return logits [16, C], guided where there are two rows."""
        rows = len(self.scene.told)
        seen = np.repeat(fields(tokens, self.scene.melody, self.scene.past)[None], rows, axis=0)
        found = self.session.complete(seen, self.scene.told)
        return guided(found[0], found[1], self.numbers.guidance) if rows > 1 else found[0]

    def _draw(self, cell: tuple[int, int], logits: Floats, tokens: Ints) -> tuple[int, int]:
        row, step = cell
        chances = self._chances(row, logits, tokens, slice(step, step + 1))
        at = TOKENS * len(VOICES) + VELOCITY_BINS * row
        loud = softmax(logits[step : step + 1, at : at + VELOCITY_BINS])
        drawn = pick(chances, self.marks.cells[row, step : step + 1]), pick(loud, self.marks.bins[row, step : step + 1])
        return int(drawn[0][0]), int(drawn[1][0])

    def _sureness(self, row: int, logits: Floats, tokens: Ints, number: int) -> NDArray[np.float64]:
        """Return per step the log-likelihood of what its cell would be now, shaken by noise that fades."""
        chances = self._chances(row, logits, tokens, slice(None))
        chosen = pick(chances, self.marks.cells[row])
        noise = -np.log(-np.log(np.clip(self.marks.order[number, row], 1e-9, 1 - 1e-9)))  # Gumbel's
        fading = 1 - (number + 1) / len(self.marks.order)
        sure = np.log(chances[np.arange(STEPS_PER_BAR), chosen] + 1e-9)
        return np.asarray(sure + self.numbers.order_noise * fading * noise)

    def _chances(self, row: int, logits: Floats, tokens: Ints, steps: slice) -> Floats:
        """Return the probabilities [n, TOKENS] of some steps of a voice inside its frame, knowing their neighbours."""
        frame, allowed = self.frames[VOICES[row]], self.frames[VOICES[row]].allowed.copy()
        allowed[1:, HOLD] &= tokens[row, :-1] != REST
        allowed[:-1, REST] &= tokens[row, 1:] != HOLD
        heat = frame.temperature[steps, None]
        bias = frame.bias - self.numbers.of("repeat", VOICES[row]) * _neighbours(tokens[row])
        told, numbers = logits[steps, row * TOKENS : (row + 1) * TOKENS], self.numbers
        return distribution(
            told, allowed=allowed[steps], bias=bias[steps], temperature=heat, k=numbers.top_k, p=numbers.top_p
        )


def _neighbours(line: Ints) -> Floats:
    """Return 1 at the pitches of the nearest known onsets before and after each step of a line [16], [16, TOKENS]."""
    found = np.zeros((STEPS_PER_BAR, TOKENS), np.float32)
    onsets = np.flatnonzero(line < PITCHES).tolist()
    for before, after in zip([-1, *onsets], [*onsets, STEPS_PER_BAR], strict=True):
        for edge, steps in ((before, slice(before + 1, after)), (after, slice(max(before, 0), after))):
            if 0 <= edge < STEPS_PER_BAR:
                found[steps, line[edge]] = 1
    return found
