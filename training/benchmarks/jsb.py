"""JSB chorales: nats per note in TonicNet's protocol (the step's true chord is told), without it, and per frame."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.units import STEPS_PER_BAR
from training.benchmarks.choir import HELD, Choir, ChoirSpec, chances
from training.benchmarks.chorales import CHORDS, FOLDER, PARTS, PITCHES, Chorale, read, room, spread, transposed
from training.benchmarks.profile import BenchmarkOptions, Figures, fit, numbers
from training.benchmarks.recall import BUCKETS, own
from training.ngram import Event, WittenBell
from training.run import Batch, Settings, load_best

NAME = "benchmark.jsb"
SIZES = (CHORDS, *(PITCHES,) * (PARTS - 1))
NGRAM = 9  # the order over soprano, bass, alto, tenor, soprano, ..: two frames
Row = NDArray[np.float64]


def network(chosen: Settings) -> Choir:
    """Return a fresh network of a profile."""
    matches = len(BUCKETS) + 1
    return Choir(
        ChoirSpec(SIZES, STEPS_PER_BAR, matches, chosen.embed, chosen.layers, chosen.hidden, dropout=chosen.dropout)
    )


def columns(frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the network's tokens [T, 4 PARTS + 2] of a chorale; only the columns of the frame itself see it."""
    size = len(frames)
    nothing = np.array([SIZES])
    before = np.concatenate([nothing, frames[:-1]])
    place = np.arange(size)
    moved = np.concatenate([np.ones((1, PARTS), bool), before[1:] != before[:-1]])
    held = place[:, None] - np.maximum.accumulate(np.where(moved, place[:, None], 0), axis=0)
    found = own(np.unique(frames, axis=0, return_inverse=True)[1].reshape(-1), -1)
    examples = {int(word): frame for word, frame in zip(_words(frames), frames, strict=True)}
    match = np.stack([examples.get(int(word), nothing[0]) for word in found.tokens[:, 0]])
    rest = [place % STEPS_PER_BAR, found.classes[:, 0]]
    return np.column_stack([before, np.minimum(held, HELD - 1), match, frames, *rest])


def _words(frames: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.unique(frames, axis=0, return_inverse=True)[1].reshape(-1))


class Frames:
    """Chorales in crops of `size` frames, transposed at random within the voices' ranges; whole where size is 0."""

    def __init__(self, pieces: list[Chorale], size: int, told: float, ranges: NDArray[np.int64] | None = None) -> None:
        """Take the chorales; told: share of windows that sees the chord of the frame (without dice: all or none)."""
        self.ready = [columns(piece.frames) for piece in pieces]
        self.rooms = [room(piece.frames, ranges) if ranges is not None else (0, 0) for piece in pieces]
        self.size, self.told = size, told
        counts = [max(1, round(len(piece.frames) / size)) if size else 1 for piece in pieces]
        self.which = np.repeat(np.arange(len(pieces)), counts)

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.which)

    def batch(self, chosen: NDArray[np.int64], dice: np.random.Generator | None) -> Batch:
        """Return padded windows; targets are the frames themselves."""
        parts = [self._crop(self.which[number], dice) for number in chosen]
        shape = (len(parts), max(len(part) for part in parts))
        tokens, weight = np.zeros((*shape, 4 * PARTS + 2), np.int64), np.zeros(shape, np.float32)
        for row, part in enumerate(parts):
            tokens[row, : len(part)], weight[row, : len(part)] = part, 1
        targets = tokens[..., 3 * PARTS : 4 * PARTS].copy()
        hidden = np.full(len(parts), self.told < 1) if dice is None else dice.random(len(parts)) >= self.told
        tokens[hidden, :, 3 * PARTS] = CHORDS
        features = np.zeros((*shape, 0), np.float32)
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))

    def _crop(self, number: int, dice: np.random.Generator | None) -> NDArray[np.int64]:
        whole = self.ready[number]
        if dice is None:
            return whole
        low, high = self.rooms[number]
        start = int(dice.integers(max(1, len(whole) - self.size + 1))) if self.size else 0
        part = whole[start : start + self.size] if self.size else whole
        return moved_by(part, int(dice.integers(low, high + 1)))


def moved_by(tokens: NDArray[np.int64], shift: int) -> NDArray[np.int64]:
    """Return tokens of `columns` transposed."""
    found = tokens.copy()
    for first in (0, 2 * PARTS, 3 * PARTS):
        block = tokens[:, first : first + PARTS]
        there = block[:, 0] < CHORDS
        found[there, first : first + PARTS] = transposed(block[there], shift)
    return found


class ChoirLoss:
    """Nats per part of a frame; `nll` is that of the notes."""

    def __call__(self, logits: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of all five parts and the notes' nats."""
        rows = [
            (part.gather(-1, batch.targets[..., p, None])[..., 0] * batch.weight).sum()
            for p, part in enumerate(chances(logits, batch.tokens, SIZES))
        ]
        total = batch.weight.sum()
        notes = -torch.stack(rows[1:]).sum() / (total * (PARTS - 1))
        figures = {"nll": float(notes.detach()), "chord": float(-rows[0].detach() / total)}
        return -torch.stack(rows).sum() / (total * PARTS), figures


def run(options: BenchmarkOptions) -> Figures:
    """Train on the published train split and return the figures of its test split."""
    sides, chosen = read(options.data), numbers("jsb", options)
    ranges = spread([piece.frames for piece in sides["train"]])
    windows = Frames(sides["train"], chosen.window_bars * STEPS_PER_BAR, chosen.extra["told"], ranges)
    torch.manual_seed(0)
    folder = fit("jsb", options, network(chosen), ChoirLoss(), windows, Frames(sides["valid"], 0, 1), FOLDER)
    return judge(load_best(folder, Choir, ChoirSpec), sides)


def judge(model: Choir, sides: dict[str, list[Chorale]]) -> Figures:
    """Return every figure; `clean`: chorales of the test without a near-duplicate among the others."""
    known = {piece.group for side in ("train", "valid") for piece in sides[side]}
    clean = [number for number, piece in enumerate(sides["test"]) if piece.group not in known]
    told, alone = (likelihoods(model, sides["test"], share) for share in (1.0, 0.0))
    found = {f"{NAME}.parameters": float(model.parameter_count()), f"{NAME}.clean_pieces": float(len(clean))}
    for name, some in (("", list(range(len(told)))), ("_clean", clean)):
        found |= {
            f"{NAME}.nll_notewise{name}": by_piece([told[n][:, 1:] for n in some]),
            f"{NAME}.nll_tokens{name}": by_piece([told[n] for n in some]),
            f"{NAME}.nll_notewise_alone{name}": by_piece([alone[n][:, 1:] for n in some]),
            f"{NAME}.nll_framewise{name}": -float(np.concatenate([alone[n][:, 1:].sum(1) for n in some]).mean()),
            f"{NAME}.nll_framewise_chord{name}": -float(np.concatenate([told[n].sum(1) for n in some]).mean()),
        }
    return found | ngram(sides)


def by_piece(rows: Sequence[Row]) -> float:
    """Return the mean over chorales of each one's mean nats (TonicNet's average)."""
    return -float(np.mean([row.mean() for row in rows]))


def likelihoods(model: Choir, pieces: list[Chorale], told: float) -> list[Row]:
    """Return log P of what stands there, [T, PARTS] per chorale."""
    windows, found = Frames(pieces, 0, told), []
    with torch.no_grad():
        for number, piece in enumerate(pieces):
            batch = windows.batch(np.array([number]), None)
            parts = chances(model(batch.tokens, batch.features)[0], batch.tokens, SIZES)
            right = [part.gather(-1, batch.targets[..., p, None])[0, :, 0] for p, part in enumerate(parts)]
            found.append(torch.stack(right, 1).double().numpy()[: len(piece.frames)])
    return found


def ngram(sides: dict[str, list[Chorale]]) -> Figures:
    """Return the figures of a Witten-Bell n-gram over the voices one after the other, no chord told."""
    model = WittenBell(NGRAM, PITCHES).learn(voices(piece) for piece in sides["train"] + sides["valid"])
    rows = []
    for piece in sides["test"]:
        stream = voices(piece)
        right = model.follow(stream)[np.arange(len(stream)), [token for _, token in stream]]
        rows.append(np.log(right).reshape(-1, PARTS - 1))
    return {
        f"{NAME}.ngram_notewise_alone": by_piece(rows),
        f"{NAME}.ngram_framewise": -float(np.concatenate([row.sum(1) for row in rows]).mean()),
    }


def voices(piece: Chorale) -> list[Event]:
    """Return soprano, bass, alto, tenor, soprano, .. as events beside the voice."""
    return [(voice, int(token)) for frame in piece.frames for voice, token in enumerate(frame[1:])]
