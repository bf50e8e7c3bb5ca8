"""Is it copied: runs of (interval, inter-onset interval) that a line shares with the training songs, in any key.

After Yin et al., the originality report: what human songs share with the training songs is the threshold.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.measure.line import line_of, placed
from engines.note import Bar
from engines.units import STEPS_PER_BAR
from training.judge.result import Copy, Figure

LONGEST_IOI: Final = 32  # steps: a longer wait is as long
LEARNED_RUN: Final = 24  # notes in a row, alike: of about 40 in eight bars; people reach 9 (p95 of POP909-CL)
IDIOM: Final = 0.05  # share of excerpts that may be so alike by near-duplicate songs
LONGEST_RUN: Final = 64  # moves: what is copied for so long is copied
_BASE, _BREAK = np.uint64(0x9E3779B97F4A7C15), -1

Hashes = NDArray[np.uint64]


class Tune(msgspec.Struct, frozen=True):
    """A melody: its name, onsets in steps from its bar 0, pitches."""

    name: str
    onsets: tuple[int, ...]
    pitches: tuple[int, ...]


class Runs(msgspec.Struct, frozen=True, eq=False):
    """Moves of many tunes in one row, int64 [M], broken between tunes; owner and place of each move."""

    moves: NDArray[np.int64]
    owner: NDArray[np.int64]
    place: NDArray[np.int64]

    def hashes(self) -> Iterator[tuple[int, Hashes, NDArray[np.int64]]]:
        """Yield (length, hashes, where they begin) of all unbroken runs of 1, 2, .. moves."""
        mixed = (self.moves.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
        running, whole = np.zeros(len(self.moves), np.uint64), np.ones(len(self.moves), np.bool_)
        for length in range(1, LONGEST_RUN + 1):
            if len(self.moves) < length:
                return
            count = len(self.moves) - length + 1
            running = running[:count] * _BASE + mixed[length - 1 :]
            whole = whole[:count] & (self.moves[length - 1 :] != _BREAK)
            starts = np.flatnonzero(whole)
            yield length, running[starts], starts


def runs_of(tunes: Sequence[Tune]) -> Runs:
    """Lay tunes in a row."""
    moves, owner, place = [np.array([_BREAK])], [np.array([0])], [np.array([0])]
    for number, tune in enumerate(tunes):
        jumps, waits = np.diff(tune.pitches), np.minimum(np.diff(tune.onsets), LONGEST_IOI)
        moves += [(jumps + 128) * (LONGEST_IOI + 1) + waits, np.array([_BREAK])]
        owner.append(np.full(len(jumps) + 1, number))
        place.append(np.arange(len(jumps) + 1))
    return Runs(*(np.concatenate(part).astype(np.int64) for part in (moves, owner, place)))


def copies(pieces: Sequence[Tune], songs: Sequence[Tune], shingles: tuple[int, int, int]) -> list[Copy]:
    """Return for every piece its nearest neighbour among the songs: the longest common run, and shares of shingles.

    shingles: sizes in moves. A run counts notes: moves and one; 0 where not even one move is shared.
    """
    asked, known = runs_of(pieces), runs_of(songs)
    longest = np.zeros(len(pieces), np.int64)
    begins, found_at = np.zeros(len(pieces), np.int64), np.full(len(pieces), -1)
    shares = np.zeros((len(pieces), len(shingles)))
    for (length, here, starts), (_, there, places) in zip(asked.hashes(), known.hashes(), strict=False):
        order = np.argsort(there, kind="stable")
        at = np.minimum(np.searchsorted(there[order], here), max(0, len(there) - 1))
        hit = there[order][at] == here if len(there) else np.zeros(len(here), np.bool_)
        owners = asked.owner[starts]
        if length in shingles:
            total = np.bincount(owners, minlength=len(pieces))
            shares[:, shingles.index(length)] = np.bincount(owners, hit, len(pieces)) / np.maximum(total, 1)
        if not hit.any():
            continue
        first = np.unique(owners[hit], return_index=True)
        longest[first[0]] = length
        begins[first[0]] = starts[hit][first[1]]
        found_at[first[0]] = places[order][at[hit][first[1]]]
    return [
        _copy(piece, songs[known.owner[at]], (asked.place[begin], known.place[at]), int(moves), share)
        if moves
        else Copy(piece.name, 0, (0.0, 0.0, 0.0), "", 0, 0)
        for piece, begin, at, moves, share in zip(pieces, begins, found_at, longest, shares, strict=True)
    ]


def _copy(piece: Tune, song: Tune, places: tuple[int, int], moves: int, shares: NDArray[np.float64]) -> Copy:
    bar, song_bar = (tune.onsets[at] // STEPS_PER_BAR for tune, at in zip((piece, song), places, strict=True))
    one, two, three = shares.tolist()
    return Copy(piece.name, moves + 1, (one, two, three), song.name, bar, song_bar)


def threshold(human: Sequence[Copy], percentile: float) -> float:
    """Return the longest run, in notes, that so many per cent of human pieces do not exceed."""
    return float(np.percentile([copy.run for copy in human], percentile))


def original(found: Sequence[Copy], limit: float) -> float:
    """Return the share 0..1 of pieces whose longest run lies within the limit."""
    return float(np.mean([copy.run <= limit for copy in found]))


def tune_of(name: str, bars: Sequence[Bar]) -> Tune:
    """Return a written melody."""
    line = line_of(placed(bars), len(bars))
    return Tune(name, tuple(line.starts.tolist()), tuple(line.notes.tolist()))


def judge(learned: Sequence[Copy], understudy: Sequence[Copy], human: Sequence[Copy], limit: float) -> list[Figure]:
    """Return the figures against the human threshold; the human figures stand beside."""

    def p95(found: Sequence[Copy]) -> float:
        return float(np.percentile([copy.run for copy in found], 95))

    def eights(found: Sequence[Copy]) -> float:
        return float(np.mean([copy.shares[0] for copy in found]))

    return [
        Figure("lead.copied.run", original(learned, limit), original(understudy, limit), f"within {limit:g} notes"),
        Figure("lead.copied.run.real", original(human, limit), note=_warning(human)),
        Figure("lead.copied.run_p95", p95(learned), p95(understudy)),
        Figure("lead.copied.run_p95.real", p95(human)),
        Figure("lead.copied.shingles8", eights(learned), eights(understudy)),
        Figure("lead.copied.shingles8.real", eights(human)),
    ]


def _warning(human: Sequence[Copy]) -> str:
    """Say so where the reference itself was learned from: then every figure flatters."""
    share = float(np.mean([copy.run >= LEARNED_RUN for copy in human]))
    return f"{share:.0%} of the reference was learned from: figures flatter" if share > IDIOM else ""
