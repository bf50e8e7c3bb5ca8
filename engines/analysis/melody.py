"""A melody's shape: contour, intervals, motifs that come back, phrases."""

from collections import defaultdict
from typing import Final, Literal

import msgspec
import numpy as np

from engines.analysis.music import Ints
from engines.analysis.settings import Melody
from engines.units import TICKS_PER_BEAT, TICKS_PER_STEP

Contour = Literal["ascending", "descending", "arch", "valley", "level"]
STEP: Final = 2  # semitones: more is a leap


class Motif(msgspec.Struct, frozen=True):
    """A run of intervals (semitones) and distances that comes back, at any pitch; ticks: where it begins."""

    intervals: tuple[int, ...]
    sixteenths: tuple[int, ...]
    ticks: tuple[int, ...]


class Phrase(msgspec.Struct, frozen=True):
    """A phrase; end: behind its last note."""

    tick: int
    end: int
    contour: Contour


class Shape(msgspec.Struct, frozen=True):
    """Of a line. lowest, highest: MIDI pitches. steps, leaps, repeats: shares of its intervals.

    motif_share: of its notes that belong to a motif which comes back.
    """

    lowest: int
    highest: int
    contour: Contour
    steps: float
    leaps: float
    repeats: float
    mean_interval: float
    motif_share: float
    motifs: tuple[Motif, ...]
    phrases: tuple[Phrase, ...]


def shape(line: Ints, using: Melody) -> Shape | None:
    """Return the shape of a line of notes int64 [N, 4], one at a time; None for less than two."""
    if len(line) < 2:
        return None
    moves = np.abs(np.diff(line[:, 2]))
    share, found = motifs(line, using)
    return Shape(
        lowest=int(line[:, 2].min()),
        highest=int(line[:, 2].max()),
        contour=contour(line, using),
        steps=round(float(((moves > 0) & (moves <= STEP)).mean()), 3),
        leaps=round(float((moves > STEP).mean()), 3),
        repeats=round(float((moves == 0).mean()), 3),
        mean_interval=round(float(moves.mean()), 2),
        motif_share=round(share, 3),
        motifs=found,
        phrases=tuple(
            Phrase(int(part[0, 0]), int(part[-1, 0] + part[-1, 1]), contour(part, using))
            for part in phrases(line, using)
        ),
    )


def contour(line: Ints, using: Melody) -> Contour:
    """Return the contour type by first note, mean of the middle, last note (Huron 1996, nine types read as five)."""
    first, last = float(line[0, 2]), float(line[-1, 2])
    middle = line[1:-1] if len(line) > 2 else line
    mean = float((middle[:, 2] * middle[:, 1]).sum() / middle[:, 1].sum())
    flat = using.flat_semitones
    if mean > max(first, last) + flat:
        return "arch"
    if mean < min(first, last) - flat:
        return "valley"
    if abs(last - first) <= flat:
        return "level"
    return "ascending" if last > first else "descending"


def motifs(line: Ints, using: Melody) -> tuple[float, tuple[Motif, ...]]:
    """Return the share 0..1 of notes in motifs that come back, and the most frequent; overlaps count once."""
    size = using.motif_notes
    moves = np.diff(line[:, 2]).tolist()
    gaps = np.rint(np.diff(line[:, 0]) / TICKS_PER_STEP).astype(int).tolist()
    places: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
    for at in range(len(line) - size + 1):
        gram = tuple(zip(moves[at : at + size - 1], gaps[at : at + size - 1], strict=True))
        if not places[gram] or at - places[gram][-1] >= size:
            places[gram].append(at)
    covered = np.zeros(len(line), np.bool_)
    for found in places.values():
        if len(found) > 1:
            for at in found:
                covered[at : at + size] = True
    often = sorted((g for g, p in places.items() if len(p) > 1), key=lambda g: (-len(places[g]), places[g][0]))
    shown = tuple(
        Motif(
            tuple(move for move, _ in gram),
            tuple(gap for _, gap in gram),
            tuple(int(line[at, 0]) for at in places[gram]),
        )
        for gram in often[: using.motif_shown]
    )
    return float(covered.mean()), shown


def phrases(line: Ints, using: Melody) -> list[Ints]:
    """Return the line cut behind rests and long notes (grouping by proximity), no part shorter than a phrase can be."""
    gaps = np.diff(line[:, 0])
    rests = line[1:, 0] - (line[:-1, 0] + line[:-1, 1])
    usual = float(np.median(gaps)) if len(gaps) else 1.0
    strong = rests >= using.rest_beats * TICKS_PER_BEAT
    held = gaps >= max(using.long_ratio * usual, TICKS_PER_BEAT)
    cuts, start = [], int(line[0, 0])
    shortest = using.phrase_beats * TICKS_PER_BEAT
    for number in np.flatnonzero(strong | held).tolist():
        if line[number + 1, 0] - start >= shortest:
            cuts.append(number + 1)
            start = int(line[number + 1, 0])
    if cuts and line[-1, 0] + line[-1, 1] - line[cuts[-1], 0] < shortest / 2:
        cuts.pop()
    return np.split(line, cuts)
