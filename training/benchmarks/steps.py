"""Nottingham melodies as steps for a network: the past, the bars that may return, the longest matches, the chords."""

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from engines.units import STEPS_PER_BAR
from training.benchmarks.recall import BUCKETS, DEPTHS, Guess, Library, own
from training.benchmarks.tunes import HOLD, Melody
from training.run import Batch

LAGS = (1, 2, 4, 8, 16)  # bars: what sounded then may return now
PHRASE = 8
SINCE = 17  # classes of steps since the last onset
AGREED = STEPS_PER_BAR  # steps over which a bar that may return is compared with what was heard
CHORD = 13
COPIES = len(LAGS) + 4  # columns that the network can copy from: the lags, two guesses each of tune and library
FEATURES = len(LAGS) + 4 + CHORD + 1


def vocabularies(words: int) -> tuple[int, ...]:
    """Return the sizes of the columns; words: the benchmark's tokens, `words` itself = none."""
    one = words + 1
    own_, library = len(BUCKETS) + 1, len(DEPTHS) + 1
    return (one, STEPS_PER_BAR, PHRASE, one, SINCE, *(one,) * COPIES, own_, own_, library, library)


def embeds(width: int) -> tuple[int, ...]:
    """Return the widths of the columns' embeddings; width: that of a token."""
    return (width, 8, 4, width, 6, *(max(2, 3 * width // 4),) * COPIES, *(6,) * 4)


class Steps(msgspec.Struct, frozen=True, eq=False):
    """A tune for the network: tokens [T, K], features [T, F] (chords told), targets [T, 1]; first copy column 5."""

    tokens: NDArray[np.int64]
    features: NDArray[np.float32]
    targets: NDArray[np.int64]

    def part(self, start: int, size: int) -> "Steps":
        """Return a crop."""
        cut = slice(start, start + size)
        return Steps(self.tokens[cut], self.features[cut], self.targets[cut])


def steps(tune: Melody, words: int, library: Library, *, inside: bool) -> Steps:
    """Encode a tune; step t sees tokens before t alone, and the chord that sounds at t."""
    x, size = tune.tokens, len(tune.tokens)
    before = np.concatenate([[words], x[:-1]])
    place = np.arange(size)
    onset = np.maximum.accumulate(np.where(before >= 2, place, 0))
    pitch = before[onset]
    lagged, agreed = [], []
    for bars in LAGS:
        lag = bars * STEPS_PER_BAR
        lagged.append(
            np.concatenate([np.full(min(lag, size), words), x[:-lag]]) if lag < size else np.full(size, words)
        )
        agreed.append(_agreement(x, lag))
    guesses: list[Guess] = [own(x, words), library.ask(x, words, inside=inside)]
    columns = [before, place % STEPS_PER_BAR, place // STEPS_PER_BAR % PHRASE, pitch]
    columns += [np.minimum(place - onset, SINCE - 1), *lagged]
    columns += [guess.tokens[:, k] for guess in guesses for k in range(2)]
    columns += [guess.classes[:, k] for guess in guesses for k in range(2)]
    shares = [guess.shares for guess in guesses]
    features = np.concatenate([np.stack(agreed, 1), *shares, tune.chords, np.ones((size, 1))], 1)
    return Steps(np.stack(columns, 1), features.astype(np.float32), x[:, None])


def _agreement(x: NDArray[np.int64], lag: int) -> NDArray[np.float64]:
    """Return the share of the AGREED steps before each that are as they were `lag` steps earlier (held ones aside)."""
    size = len(x)
    if lag >= size:
        return np.zeros(size)
    moved = np.concatenate([np.zeros(lag), (x[lag:] != HOLD) | (x[:-lag] != HOLD)])
    equal = np.concatenate([np.zeros(lag), x[lag:] == x[:-lag]]) * moved
    sums = [np.concatenate([[0.0], np.cumsum(part)]) for part in (equal, moved)]
    begin = np.maximum(np.arange(size) - AGREED, 0)
    same, all_ = (part[:size] - part[begin] for part in sums)
    return np.asarray(same / np.maximum(all_, 1))


class StepWindows:
    """Tunes in crops of `size` steps at random places; whole where size is 0. told: share that sees the chords."""

    def __init__(self, tunes: list[Steps], size: int, told: float) -> None:
        """Take the encoded tunes."""
        self.tunes, self.size, self.told = tunes, size, told
        counts = [max(1, round(len(tune.targets) / size)) if size else 1 for tune in tunes]
        self.which = np.repeat(np.arange(len(tunes)), counts)

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.which)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return padded windows; without dice from the tunes' starts, the chords told where told >= 1."""
        parts = [self._crop(self.tunes[self.which[number]], dice) for number in chosen]
        shape = (len(parts), max(len(part.targets) for part in parts))
        tokens = np.zeros((*shape, parts[0].tokens.shape[1]), np.int64)
        features, weight = np.zeros((*shape, FEATURES), np.float32), np.zeros(shape, np.float32)
        targets = np.zeros((*shape, 1), np.int64)
        for row, part in enumerate(parts):
            size = len(part.targets)
            tokens[row, :size], features[row, :size] = part.tokens, part.features
            targets[row, :size], weight[row, :size] = part.targets, 1
        hidden = np.full(len(parts), self.told < 1) if dice is None else dice.random(len(parts)) >= self.told
        features[hidden, :, -CHORD - 1 :] = 0
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))

    def _crop(self, tune: Steps, dice: np.random.Generator | None) -> Steps:
        room = len(tune.targets) - self.size
        if dice is None or not self.size or room <= 0:
            return tune
        start = int(dice.integers(room + 1))
        return tune.part(start, self.size)
