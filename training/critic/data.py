"""Real windows of melody over chords, and their fakes: other chords, transposed, shifted, sampled from the lead.

A fake begins at some bar of its window and lasts to the end, so that the critic learns to judge a bar after real ones
and after its like. Only songs with known chords on every beat are used, for the real side and for the fakes alike.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from engines.codec.grid import drop_groups
from engines.codec.lead import HOLD, PITCHES, LeadGrid, decode
from engines.expert import HISTORY_BARS, Expert, Heard, Request
from engines.neural.critic import KINDS, features
from engines.note import Bar
from engines.plan import Plan
from engines.units import STEPS_PER_BAR
from training.kept import kept
from training.lead.data import Segment
from training.lead.report import plans_of, to_tokens
from training.lead.windows import conditions, measure
from training.run import Batch

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

REAL, SAMPLED = len(KINDS), KINDS.index("sampled")
UNTOLD = ("section", "tension", "density")  # the critic judges notes over chords, whatever was wished
FARTHEST = 6  # semitones of a transposed fake; beyond, octaves come back


class Song(msgspec.Struct, frozen=True, eq=False):
    """A segment of N bars: tokens int64 [N, 16], grid float32 [N, 16, F] without wishes, and its plans."""

    name: str
    tokens: Ints
    grid: Floats
    plans: list[Plan]


class Sample(msgspec.Struct, frozen=True, eq=False):
    """A window of a song whose bars from `begun` on a lead wrote: tokens int64 [bars, 16]."""

    song: int
    first: int
    begun: int
    tokens: Ints


def songs(segments: Sequence[Segment], bars: int) -> list[Song]:
    """Return the segments with chords on every beat and at least so many bars."""
    found = []
    for segment, measured in zip(segments, measure(list(segments)), strict=True):
        plans = plans_of(segment, measured) if segment.bars >= bars else None
        if plans is not None:
            grid = drop_groups(conditions(segment, measured).astype(np.float32), UNTOLD)
            found.append(Song(segment.name, segment.tokens.astype(np.int64), grid, plans))
    return found


def sample(lead: Expert, pool: Sequence[Song], bars: int, count: int, seed: int = 0) -> list[Sample]:
    """Let a lead go on from some bar of `count` windows, over the song's chords, tension and density."""
    found = []
    for number in range(count):
        dice = np.random.default_rng((seed, number))
        which = int(dice.integers(len(pool)))
        song = pool[which]
        first, begun = int(dice.integers(len(song.plans) - bars + 1)), int(dice.integers(bars))
        window = song.tokens[first : first + bars].copy()
        plans = song.plans[first : first + bars]
        history = [Heard(plan, {"lead": bar}) for plan, bar in zip(plans, _bars(window[:begun]), strict=False)]
        for plan in plans[begun:]:
            wished = int(dice.integers(2**31))
            asked = Request(plan, ("lead",), tuple(history[-HISTORY_BARS:]), seed=wished, phrase_seed=wished + 1)
            history.append(Heard(plan, lead.write(asked)))
        window[begun:] = to_tokens([each.bars["lead"] for each in history], 0)[begun:]
        found.append(Sample(which, first, begun, window))
    return found


def _bars(tokens: Ints) -> list[Bar]:
    """Return bars of notes, each as long as it is held, over bar lines too."""
    line, found = tokens.ravel(), []
    for bar, row in enumerate(tokens):
        after = line[(bar + 1) * STEPS_PER_BAR :]
        tail = int(np.argmax(after != HOLD)) if (after != HOLD).any() else len(after)
        grid = LeadGrid(tuple(row.tolist()), (4,) * STEPS_PER_BAR, min(tail, STEPS_PER_BAR))
        found.append(decode(grid, 0))
    return found


class CriticWindows:
    """Windows of some bars: every other one real, the others one of the KINDS in turn.

    targets [B, T, KINDS]: 1 = real; weight: 1 where a head is to learn: a fake teaches its own head alone.
    """

    def __init__(self, pool: Sequence[Song], samples: Sequence[Sample], bars: int) -> None:
        """Lay windows over the songs, two bars apart."""
        self.pool, self.samples, self.bars = pool, samples, bars
        self.starts = [(n, bar) for n, song in enumerate(pool) for bar in range(0, len(song.plans) - bars + 1, 2)]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.starts)

    def batch(self, chosen: NDArray[np.int64], dice: np.random.Generator | None) -> Batch:
        """Return windows as tensors; the same numbers without dice give the same windows."""
        source = dice or np.random.default_rng(int(chosen[0]))
        kinds = [REAL if n % 2 else int(source.integers(len(KINDS))) for n in range(len(chosen))]
        return self.of_kinds(chosen, kinds, source)

    def of_kinds(self, chosen: Ints, kinds: Sequence[int], dice: np.random.Generator, *, last: bool = False) -> Batch:
        """Return the chosen windows as the named kinds (REAL, or a place in KINDS); last: only the last bar is fake."""
        made = [self._window(int(n), kind, dice, last=last) for n, kind in zip(chosen, kinds, strict=True)]
        tokens, grid = (np.stack([each[part] for each in made]) for part in (0, 1))
        targets = np.ones((len(made), self.bars, len(KINDS)), np.float32)
        weight = np.ones_like(targets)
        for row, (kind, each) in enumerate(zip(kinds, made, strict=True)):
            if kind != REAL:
                targets[row, each[2] :], weight[row, each[2] :] = 0, 0
                weight[row, each[2] :, kind] = len(KINDS)  # each head sees as many fakes as real bars
        parts = (tokens, features(tokens, grid), targets, weight)
        return Batch(*(torch.from_numpy(np.ascontiguousarray(part)) for part in parts))

    def _window(self, number: int, kind: int, dice: np.random.Generator, *, last: bool) -> tuple[Ints, Floats, int]:
        """Return tokens [T, 16], grid [T, 16, F] and the bar at which the fake begins."""
        if kind == SAMPLED and self.samples:
            chosen = self.samples[int(dice.integers(len(self.samples)))]
            piece = slice(chosen.first, chosen.first + self.bars)
            return chosen.tokens, self.pool[chosen.song].grid[piece], chosen.begun
        n, first = self.starts[number]
        song, begun = self.pool[n], self.bars - 1 if last else int(dice.integers(self.bars))
        tokens, grid = song.tokens[first : first + self.bars].copy(), song.grid[first : first + self.bars].copy()
        if kind == KINDS.index("chords"):
            other = self.pool[int(dice.integers(len(self.pool)))].grid
            place = int(dice.integers(len(other) - self.bars + 1))
            grid[begun:] = other[place + begun : place + self.bars]
        elif kind == KINDS.index("transposed"):
            tokens[begun:] = _transposed(tokens[begun:], dice)
        elif kind == KINDS.index("shifted"):
            tokens[begun:] = _shifted(song.tokens, first, slice(begun, self.bars), dice)
        return tokens, grid, begun


def _transposed(tokens: Ints, dice: np.random.Generator) -> Ints:
    by = int(dice.integers(1, FARTHEST + 1)) * (1 if dice.random() < 0.5 else -1)
    onset = tokens < PITCHES
    moved = tokens + by
    return np.where(onset & (moved >= 0) & (moved < PITCHES), moved, tokens)


def _shifted(line: Ints, first: int, bars: slice, dice: np.random.Generator) -> Ints:
    """Return the song's own melody of those bars, begun 1 to 15 steps late or early, whole notes as they are."""
    by = int(dice.integers(1, STEPS_PER_BAR))
    begin, count = (first + bars.start) * STEPS_PER_BAR, (bars.stop - bars.start) * STEPS_PER_BAR
    flat = line.ravel()
    start = begin + by if begin + by + count <= len(flat) else max(0, begin - by)
    return flat[start : start + count].reshape(-1, STEPS_PER_BAR)


def cached(path: Path, key: object, make: Callable[[], list[Sample]]) -> list[Sample]:
    """Return samples kept at `path` under what determines them, else make and keep them."""
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
    return kept(path / f"critic-{digest}.pickle", make)
