"""Songs of chord changes as windows for the network; conditions hidden at random; the benchmark's songs kept apart."""

from pathlib import Path

import msgspec
import numpy as np
import torch

from engines.codec import harmony as codec
from engines.codec.harmony import QUALITIES, TRIAD, Change, Wish
from training.harmony.data import Song, plain
from training.harmony.prepared import sides
from training.run import Batch

TENSION_BEATS = 16
SECTION, LEFT = 6, 7  # columns of the tokens
TONICS = ({0, 9}, {0}, {9})  # per mode
DIATONIC = {(0, 0), (2, 1), (4, 1), (5, 0), (7, 0), (9, 1)}  # (root, triad class): the six common triads of a key


class Sequence(msgspec.Struct, frozen=True, eq=False):
    """A song as the network sees it: tokens [T, K], features [T, F], targets int64 [T, 2] (chord, duration class).

    labelled: False where the section is nobody's word.
    """

    tokens: np.ndarray
    features: np.ndarray
    targets: np.ndarray
    labelled: bool = True

    def part(self, start: int, size: int) -> "Sequence":
        """Return a crop."""
        cut = slice(start, start + size)
        return Sequence(self.tokens[cut], self.features[cut], self.targets[cut], self.labelled)


def corpus(data: Path, *, timeless: bool = False) -> dict[str, list[Sequence]]:
    """Return the songs as train, valid and test, every condition told.

    timeless: as `training.harmony.data.plain` has them, in the same order.
    """
    found = sides(data)
    raw = {id(song): tension(song) for part in found.values() for song in part}
    ranks = np.sort(np.concatenate(list(raw.values())))
    if timeless:
        return {side: [blank(song) for song in part] for side, part in found.items()}
    return {
        side: [sequence(song, np.searchsorted(ranks, raw[id(song)]) / len(ranks)) for song in part]
        for side, part in found.items()
    }


def blank(song: Song) -> Sequence:
    """Encode a song without its time; nothing is annotated."""
    bare = plain(song)
    return sequence(bare, np.zeros(len(bare.tokens)))


def tension(song: Song) -> np.ndarray:
    """Return a raw tension per change, over the next four bars: foreign, coloured, off-tonic chords, and how many.

    Chord data name no tension; ranked over the corpus this is what the live tension asks for.
    """
    each = [restless(token, song.mode) for token in song.tokens]
    ends = np.searchsorted(song.onsets, np.array(song.onsets) + TENSION_BEATS)
    spans = [each[start:end] for start, end in enumerate(ends)]
    return np.array([np.mean(span) + 0.025 * min(len(span), 8) for span in spans])


def restless(token: int, mode: int) -> float:
    """Return how far a chord is from rest, 0..1: foreign, coloured, off the tonic; mode 1 major, 2 minor, 0 unknown."""
    root, quality = divmod(token, len(QUALITIES))
    foreign = (root, TRIAD[quality]) not in DIATONIC
    return 0.4 * foreign + 0.3 * (quality >= 2) + 0.3 * (root not in TONICS[mode])


def sequence(song: Song, ranks: np.ndarray) -> Sequence:
    """Encode a song."""
    changes = [Change(*each) for each in zip(song.onsets, song.tokens, song.beats, strict=True)]
    rows = []
    for number, change in enumerate(changes):
        wish = Wish(song.mode, song.sections[number], song.left[number], float(ranks[number]))
        rows.append(codec.seen(changes[max(0, number - codec.REACH) : number], change.onset, wish))
    targets = [(change.token, codec.duration_class(change.beats)) for change in changes]
    tokens, features = zip(*rows, strict=True)
    return Sequence(np.array(tokens), np.array(features, np.float32), np.array(targets), song.labelled)


class HarmonyWindows:
    """One window a song; with dice a random crop of at most `changes`, from the song's start in four of ten."""

    def __init__(
        self,
        sequences: list[Sequence],
        changes: int,
        drop: float = 0.0,
        blind: float = 0.0,
        timeless: tuple[list[Sequence], float] = ([], 0.0),
    ) -> None:
        """Take the songs. changes: 0 = whole. drop: share hidden per condition; blind: of windows told nothing.

        timeless: the same songs without time, and the share of windows that shows them so (and told nothing).
        """
        self.sequences, self.changes, self.drop, self.blind = sequences, changes, drop, blind
        self.timeless, self.share = timeless

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.sequences)

    def batch(self, chosen: np.ndarray, dice: np.random.Generator | None) -> Batch:
        """Return padded songs; without dice no condition is told (the benchmark knows none)."""
        bare = [bool(dice is not None and dice.random() < self.share) for _ in chosen]
        parts = [
            self._crop((self.timeless if hidden else self.sequences)[place], dice)
            for place, hidden in zip(chosen, bare, strict=True)
        ]
        longest = max(len(part.targets) for part in parts)
        shape = (len(parts), longest)
        tokens = np.zeros((*shape, len(codec.VOCABULARIES)), np.int64)
        features, weight = np.zeros((*shape, codec.FEATURES), np.float32), np.zeros(shape, np.float32)
        targets = np.zeros((*shape, 2), np.int64)
        for row, part in enumerate(parts):
            size = len(part.targets)
            tokens[row, :size], features[row, :size] = part.tokens, part.features
            targets[row, :size], weight[row, :size] = part.targets, 1
        untold = [row for row, part in enumerate(parts) if not part.labelled]
        if dice is not None and untold:
            say_anything(tokens, np.array(untold), dice)
        hide(tokens, features, dice, self.drop, self.blind)
        tokens[np.array(bare), :, 5:8] = 0
        features[np.array(bare), :, :2] = 0
        return Batch(*(torch.from_numpy(part) for part in (tokens, features, targets, weight)))

    def _crop(self, whole: Sequence, dice: np.random.Generator | None) -> Sequence:
        size = len(whole.targets)
        if dice is None or not self.changes or size <= self.changes:
            return whole
        start = int(dice.integers(size - self.changes + 1)) if dice.random() < 0.6 else 0
        return whole.part(start, self.changes)


def hide(tokens: np.ndarray, features: np.ndarray, dice: np.random.Generator | None, drop: float, blind: float) -> None:
    """Hide mode, section, bars left and tension, each in `drop` of the windows, all in `blind` (all without dice)."""
    count = len(tokens)
    nothing = np.ones(count, bool) if dice is None else dice.random(count) < blind
    for column in (5, 6, 7):
        tokens[nothing | (dice.random(count) < drop if dice else True), :, column] = 0
    features[nothing | (dice.random(count) < drop if dice else True), :, :2] = 0


def say_anything(tokens: np.ndarray, rows: np.ndarray, dice: np.random.Generator) -> None:
    """Tell section and bars left of some windows at random: nobody labelled them, and the band will name any."""
    for column in (SECTION, LEFT):
        tokens[rows, :, column] = dice.integers(codec.VOCABULARIES[column], size=(len(rows), 1))
