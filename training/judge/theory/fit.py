"""An idiom from human analyses: counts and shares over the songs of the train side."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from engines.analysis.idiom import Idiom, Sounding, spell
from engines.analysis.metre import Grid
from engines.analysis.music import Floats, Ints
from engines.analysis.sound import SILENT, lowest, presence
from engines.analysis.words import KINDS, MODES, STATES, above, kind_of, number, scale_of
from engines.theory.key import Key
from engines.theory.quality import QUALITIES
from training.corpus.said import Said
from training.judge.theory.truth import Truth

FEWEST = 50.0  # frames of "any chord's tone" that an interval's share is blended with
FEWEST_BASS = 20.0
LEVELS = 4


class Counts:
    """What has been counted so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.sound, self.time = np.zeros((len(KINDS), 12, 2)), np.zeros((len(KINDS), 12, 2))
        self.bass = np.zeros((len(KINDS), 12))
        self.change = np.ones((LEVELS, 2))
        self.follow = np.zeros((2, STATES, STATES), np.int64)
        self.ends = np.zeros((2, 2, STATES), np.int64)
        self.keys = np.ones(3)  # chords that change in their key, to another key, the same chord in another key
        self.relation = np.zeros((2, 24), np.int64)

    def add(self, song: Truth) -> None:
        """Count one song."""
        said = [each for each in song.said if each.key is not None and kind_of(each.chord.quality) is not None]
        if not said:
            return
        for end, each in enumerate((said[0], said[-1])):
            self.ends[end, _mode(each), above(_state(each), _tonic(each))] += 1
        for one, two in pairwise(said):
            if one.end == two.tick:
                self._step(one, two)
        self._frames(song, said)

    def _step(self, one: Said, two: Said) -> None:
        same = _state(one) == _state(two)
        if one.key == two.key and same:
            return
        if one.key == two.key:
            self.keys[0] += 1
        else:
            self.keys[2 if same else 1] += 1
            self.relation[_mode(one), 12 * _mode(two) + (_tonic(two) - _tonic(one)) % 12] += 1
        if not same:  # the chord before is heard in the new key
            self.follow[_mode(two), above(_state(one), _tonic(two)), above(_state(two), _tonic(two))] += 1

    def _frames(self, song: Truth, said: list[Said]) -> None:
        grid = Grid(song.music)
        heard, low = presence(song.music.pitched, grid.frames), lowest(song.music.pitched, grid.frames)
        owner = owners(said, grid.frames)
        for frame, (number_, pitch) in enumerate(zip(owner.tolist(), low.tolist(), strict=True)):
            if number_ < 0:
                continue
            each = said[number_]
            if frame and owner[frame - 1] >= 0:
                before = said[int(owner[frame - 1])]
                new = _state(before) != _state(each) or before.key != each.key
                self.change[int(grid.levels[frame]), int(new)] += 1
            if pitch != SILENT:
                self._sound(each, heard[frame], pitch)

    def _sound(self, each: Said, heard: Floats, pitch: int) -> None:
        kind, root = KINDS.index(kind_of(each.chord.quality) or "maj"), each.chord.root
        inside = np.array([int((root + step) % 12 in scale_of(each.key or Key(0, "major"))) for step in range(12)])
        self.sound[kind, range(12), inside] += np.roll(heard, -root)
        self.time[kind, range(12), inside] += 1
        self.bass[kind, (pitch - root) % 12] += 1

    def idiom(self, about: str) -> Idiom:
        """Return the idiom that the counts amount to."""
        change = self.change[:, 1] / self.change.sum(axis=1)
        moves = self.keys[1] + self.keys[2]
        return Idiom(
            about=about,
            sounding={kind: self._shares(number_) for number_, kind in enumerate(KINDS)},
            change=tuple(np.round(change, 4).tolist()),
            modulate=round(float(moves / self.keys.sum()), 4),
            pivot=round(float(self.keys[2] / moves), 4),
            relation={mode: tuple(self.relation[n].tolist()) for n, mode in enumerate(MODES)},
            first={mode: spell(self.ends[0, n], mode) for n, mode in enumerate(MODES)},
            last={mode: spell(self.ends[1, n], mode) for n, mode in enumerate(MODES)},
            follow={mode: _lines(self.follow[n], mode) for n, mode in enumerate(MODES)},
        )

    def _shares(self, kind: int) -> Sounding:
        """Return the shares of one kind, blended with those of any kind's chord tones, or of tones that are none."""
        found = np.zeros((12, 2))
        own = _tones(kind)
        for step in range(12):
            others = [(k, s) for k in range(len(KINDS)) for s in range(12) if (s in _tones(k)) == (step in own)]
            rows = tuple(zip(*others, strict=True))
            for inside in range(2):
                sides = (
                    slice(None) if step in own else slice(inside, inside + 1)
                )  # a chord tone is one off the scale, too
                sound, time = (table[rows][:, sides].sum() for table in (self.sound, self.time))
                mine, mine_time = (table[kind, step, sides].sum() for table in (self.sound, self.time))
                found[step, inside] = (mine + FEWEST * sound / max(time, 1)) / (mine_time + FEWEST)
        any_bass = self.bass.sum(axis=0) / max(self.bass.sum(), 1)
        bass = (self.bass[kind] + FEWEST_BASS * any_bass) / (self.bass[kind].sum() + FEWEST_BASS)
        outside, inside = (tuple(np.round(found[:, n], 4).tolist()) for n in range(2))
        return Sounding(inside, outside, tuple(np.round(bass, 4).tolist()))


def count(songs: Iterable[Truth], about: str) -> Idiom:
    """Return the idiom of some songs."""
    counts = Counts()
    for song in songs:
        counts.add(song)
    return counts.idiom(about)


def owners(said: list[Said] | tuple[Said, ...], edges: Ints) -> Ints:
    """Return the number of the chord in whose time the middle of each frame lies, -1 for none: int64 [frames]."""
    middle = (edges[:-1] + edges[1:]) // 2
    at = np.searchsorted([each.tick for each in said], middle, "right") - 1
    ends = np.array([each.end for each in said])
    return np.where((at >= 0) & (middle < ends[np.maximum(at, 0)]), at, -1)


def _lines(counts: Ints, mode: str) -> dict[str, str]:
    rows = sorted(np.flatnonzero(counts.sum(axis=1)).tolist(), key=lambda state: -counts[state].sum())
    return {_name(state, mode): spell(counts[state], mode) for state in rows}


def _name(state: int, mode: str) -> str:
    alone = np.zeros(STATES, np.int64)
    alone[state] = 1
    return spell(alone, mode).split()[0]


def _tones(kind: int) -> frozenset[int]:
    return frozenset(step % 12 for step in QUALITIES[KINDS[kind]])


def _state(each: Said) -> int:
    return number(each.chord.root, kind_of(each.chord.quality) or "maj")


def _mode(each: Said) -> int:
    return int(each.key is not None and each.key.is_minor)


def _tonic(each: Said) -> int:
    return each.key.tonic if each.key else 0
