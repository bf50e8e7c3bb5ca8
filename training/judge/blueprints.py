"""Blueprints: excerpts of real songs, with the chords and wishes under which everybody else plays the same bars."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from engines.measure.line import Flags, Floats, Line, Placed, Roll, chord_rows, line_of, roll_of
from engines.measure.rank import ranks
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import BEATS_PER_BAR, STEPS_PER_BAR
from training.corpus.sixteenths import Played
from training.judge.songs import Song


class Blueprint(msgspec.Struct, frozen=True, eq=False):
    """Some bars of a song. chords: one a beat and the first of the next bar; bar: where they lie in the song.

    tension, density: 0..1 per bar, as the real melody realises them among all bars of the reference.
    """

    name: str
    song: str
    bar: int
    key: Key
    chords: tuple[Chord, ...]
    melody: tuple[Played, ...]
    others: tuple[Played, ...]
    tension: tuple[float, ...] = ()
    density: tuple[float, ...] = ()

    @property
    def bars(self) -> int:
        """Number of bars."""
        return len(self.chords) // BEATS_PER_BAR

    @property
    def line(self) -> Line:
        """The real melody."""
        return line_of(map(placed, self.melody), self.bars)

    @property
    def accompaniment(self) -> Roll:
        """The real accompaniment."""
        return roll_of(map(placed, self.others), self.bars)

    @property
    def rows(self) -> Flags:
        """Pitch classes of the chords by step, bool [T, 12]."""
        return chord_rows(self.chords[:-1])


def placed(note: Played) -> Placed:
    """Return a note without its velocity."""
    return note[:3]


def blueprints(songs: Sequence[Song], bars: int, fewest: int) -> list[Blueprint]:
    """Return every stretch of so many bars in one key, with known chords and at least `fewest` melody notes."""
    found = [each for song in songs for each in _cut(song, bars, fewest)]
    return _wishes(found)


def _cut(song: Song, bars: int, fewest: int) -> Iterator[Blueprint]:
    ends = [*(bar for bar, _ in song.keys[1:]), song.bars]
    for (begin, key), end in zip(song.keys, ends, strict=True):
        sounding = [onset // STEPS_PER_BAR for onset, *_ in song.melody if begin <= onset // STEPS_PER_BAR < end]
        for bar in range(min(sounding, default=end), end - bars + 1, bars):
            melody, others = _part(song.melody, bar, bars), _part(song.others, bar, bars)
            chords = song.chords[bar * BEATS_PER_BAR : (bar + bars) * BEATS_PER_BAR + 1]
            chords = (*chords, chords[-1]) if len(chords) == bars * BEATS_PER_BAR else chords
            if len(melody) >= fewest and len(chords) == bars * BEATS_PER_BAR + 1 and None not in chords:
                known = tuple(chord for chord in chords if chord is not None)
                yield Blueprint(f"{song.name}:{bar}", song.name, bar, key, known, melody, others)


def _part(notes: Sequence[Played], bar: int, bars: int) -> tuple[Played, ...]:
    """Return the notes that begin within some bars, in steps from their first, cut at their end."""
    first, size = bar * STEPS_PER_BAR, bars * STEPS_PER_BAR
    return tuple(
        (onset - first, min(length, first + size - onset), pitch, velocity)
        for onset, length, pitch, velocity in notes
        if first <= onset < first + size
    )


def _wishes(found: list[Blueprint]) -> list[Blueprint]:
    """Tell tension and density: ranks of z(notes) + z(pitch) + z(velocity) and of notes, as the lead learns them."""
    if not found:
        return []
    raw = np.concatenate([_levels(each) for each in found])
    scaled = (raw - raw.mean(0)) / (raw.std(0) + 1e-6)
    ranked = [_ranks(scaled.sum(1)), _ranks(raw[:, 0])]
    told, at = [], 0
    for each in found:
        part = slice(at, at + each.bars)
        at += each.bars
        told.append(
            msgspec.structs.replace(
                each, tension=tuple(ranked[0][part].tolist()), density=tuple(ranked[1][part].tolist())
            )
        )
    return told


def _levels(each: Blueprint) -> Floats:
    """Return notes, mean pitch, mean velocity per bar, [bars, 3]; carried over silence."""
    rows, last = [], (float(np.mean([n[2] for n in each.melody])), float(np.mean([n[3] for n in each.melody])))
    for bar in range(each.bars):
        here = [note for note in each.melody if note[0] // STEPS_PER_BAR == bar]
        if here:
            last = (float(np.mean([n[2] for n in here])), float(np.mean([n[3] for n in here])))
        rows.append((len(here), *last))
    return np.array(rows)


def _ranks(values: Floats) -> Floats:
    """Return ranks 0..1; equal values share their mean rank."""
    return (ranks(values) - 1) / max(1, len(values) - 1)


def choose(found: Sequence[Blueprint], count: int, seed: int) -> list[Blueprint]:
    """Return so many blueprints, as many songs as there are before any song's second; the same for the same seed."""
    dice = np.random.default_rng(seed)
    turn: dict[str, int] = {}
    ranked: list[tuple[int, int, int]] = []
    for number in dice.permutation(len(found)):
        song = found[int(number)].song
        turn[song] = turn.get(song, 0) + 1
        ranked.append((turn[song], len(ranked), int(number)))
    return [found[number] for _, _, number in sorted(ranked)[:count]]
