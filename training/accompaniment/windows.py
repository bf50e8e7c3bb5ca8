"""From songs to batches of bars: measured conditions, the split, masks, augmentation.

As for the lead, no corpus says how tense or dense a bar is. Tension = rank within the corpus of the mean over the
sounding voices of z(onsets) + z(pitch) + z(velocity), each z within its voice; density = rank of a voice's onsets;
section = a guess from the loudness of blocks of eight bars.
"""

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from engines.codec import accompaniment as codec
from engines.codec.accompaniment import LAGS, VOICES
from engines.codec.grid import GROUPS, Context, harmony_of
from engines.codec.lead import PITCHES
from engines.units import STEPS_PER_BAR
from training.accompaniment import data as data_accompaniment
from training.accompaniment import roles
from training.accompaniment.data import Song
from training.accompaniment.prepared import MATERIAL
from training.corpus import material, store
from training.kept import kept
from training.lead import windows as lead_windows
from training.run import Batch
from training.untold import Floats, by_corpus, functions, ranks

Ints = NDArray[np.int64]
DROP = 0.15  # condition drop-out per group (research: classifier-free guidance)
DEAF = 0.1  # bars that hear no past, and bars that hear no lead
OCTAVE = 0.3  # bars whose arp is moved by an octave: a piano's lies lower than a synthesiser's
KNOWN, ASKED = 0.25, 0.6  # a voice is whole in a quarter of the bars, wholly unknown in some more, else in part
COUNT = len(VOICES)


class Bars:
    """Bars of songs with what is told about them."""

    def __init__(self, songs: list[Song], measured: list[Floats]) -> None:
        """measured: tension and the densities of the voices, float32 [N, 4] per song."""
        self.songs = songs
        self.places = [(n, bar) for n, song in enumerate(songs) for bar in range(len(song.tokens))]
        self.told = [_conditions(song, m) for song, m in zip(songs, measured, strict=True)]

    def __len__(self) -> int:
        """Return the number of bars."""
        return len(self.places)

    def batch(self, chosen: Ints, dice: np.random.Generator | None) -> Batch:
        """Return bars as tensors; without dice masks follow the bar's number and nothing else is changed.

        targets [B, 16, 6]: tokens and velocity bins of the three voices; weight [B, 16, 6]: 1 / masked cells of the
        bar at those cells, and 1 at masked onsets.
        """
        rows = [self._row(int(number), dice) for number in chosen]
        return Batch(*(torch.from_numpy(np.stack(part)) for part in zip(*rows, strict=True)))

    def _row(self, number: int, dice: np.random.Generator | None) -> tuple[Ints, Floats, Ints, Floats]:
        n, bar = self.places[number]
        song, told = self.songs[n], self.told[n][bar].astype(np.float32)
        cells, melody, past = _cut(song, bar)
        if dice is not None:
            told, past, melody = _augment(cells, told, past, melody, dice)
        mask = masks(dice or np.random.default_rng(number))
        seen = np.where(mask, codec.MASK, cells)
        bins = song.bins[bar].astype(np.int64)
        weight = np.concatenate([mask / mask.sum(), mask & (cells < PITCHES)]).astype(np.float32)
        return codec.fields(seen, melody, past), told, np.concatenate([cells, bins]).T, weight.T


def _cut(song: Song, bar: int) -> tuple[Ints, Ints, Ints]:
    past = [song.tokens[bar - lag].astype(np.int64) if lag <= bar else codec.untold() for lag in LAGS]
    return song.tokens[bar].astype(np.int64), song.melody[bar].astype(np.int64), np.stack(past)


def _augment(
    cells: Ints, told: Floats, past: Ints, melody: Ints, dice: np.random.Generator
) -> tuple[Floats, Ints, Ints]:
    """Drop conditions, past or lead; move the arp by octaves (in place, its past with it)."""
    dropped = {group for group in GROUPS if dice.random() < DROP}
    if dice.random() < OCTAVE:
        shift = 12 if dice.random() < 0.75 else -12
        arp = [cells[1], *past[:, 1]]
        notes = np.concatenate([line[line < PITCHES] for line in arp])
        if len(notes) and notes.min() + shift >= 0 and notes.max() + shift < PITCHES:
            dropped.add("tension")  # register is part of tension
            for line in arp:
                line[line < PITCHES] += shift
    if dice.random() < DEAF:
        past = np.full_like(past, codec.MASK)
    if dice.random() < DEAF:
        melody = np.full_like(melody, codec.MASK)
    return codec.drop(told, tuple(dropped)), past, melody


def masks(dice: np.random.Generator) -> NDArray[np.bool_]:
    """Return which cells [3, 16] are unknown, at least one: whole voices, scattered cells or blocks of steps."""
    found = np.zeros((COUNT, STEPS_PER_BAR), bool)
    while not found.any():
        for voice in range(COUNT):
            kind, share = dice.random(), dice.random()
            if kind < KNOWN:
                found[voice] = False
            elif kind < ASKED:
                found[voice] = True
            elif dice.random() < 0.5:
                found[voice] = dice.random(STEPS_PER_BAR) < share
            else:
                first = int(dice.integers(STEPS_PER_BAR))
                found[voice, first : first + 1 + int(share * STEPS_PER_BAR)] = True
    return found


def measure(songs: list[Song]) -> list[Floats]:
    """Return tension and densities per bar, float32 [N, 1 + 3] for each song, ranked within each corpus."""
    return by_corpus([song.corpus for song in songs], [song.levels for song in songs], _ranked)


def _ranked(levels: Floats, _: str) -> Floats:
    sounds = levels[..., 0] > 0
    scaled = np.zeros_like(levels[..., 0])
    for voice in np.flatnonzero(sounds.any(0)):
        part = levels[sounds[:, voice], voice]
        scaled[sounds[:, voice], voice] = ((part - part.mean(0)) / (part.std(0) + 1e-6)).sum(-1)
    tension = scaled.sum(-1) / np.maximum(1, sounds.sum(-1))
    tension[~sounds.any(-1)] = tension.min()
    return np.stack([ranks(tension), *(ranks(levels[:, voice, 0]) for voice in range(COUNT))], -1)


def functions_of(song: Song) -> list[int]:
    """Guess the part of a track that each bar plays."""
    return functions((song.levels[..., 0] * song.levels[..., 2]).sum(-1), song.first, song.song_bars)


def _conditions(song: Song, measured: Floats) -> NDArray[np.float16]:
    rows = []
    for bar, function in enumerate(functions_of(song)):
        tension, *densities = (float(x) for x in measured[bar])
        untold = frozenset({"chords"} if all(chord is None for chord in song.chords[bar]) else ())
        mean = sum(densities) / COUNT
        chords = tuple(chord and harmony_of(chord, 0) for chord in song.chords[bar])
        context = Context(chords, song.minor, bar, function, (tension,) * 4, mean, untold)
        rows.append(codec.features(context, densities))
    return np.stack(rows).astype(np.float16)


class Sides(msgspec.Struct):
    """Bars by side of the split, and the hash of the data."""

    train: Bars
    valid: Bars
    test: Bars
    digest: str


def load(data: Path, runs: Path) -> Sides:
    """Return the bars of a prepared corpus, or of the known folders, whose songs lie on the same sides as the lead's.

    Cached below `runs` by data and reader.
    """
    if store.is_corpus(data):
        return laid(material.sides(data, MATERIAL), store.manifest(data).corpus_sha256)
    sides, digest = lead_windows.load(data, runs)
    side_of = {segment.name: side for side, part in sides.items() for segment in part}
    readers = b"".join(Path(module.__file__).read_bytes() for module in (data_accompaniment, roles))
    name = hashlib.sha256(readers + digest.encode()).hexdigest()[:16]
    songs = kept(runs / "cache" / f"accompaniment-{name}.pickle", lambda: data_accompaniment.read(data))
    return divide(songs, side_of, digest)


def divide(songs: list[Song], side_of: dict[str, str], digest: str = "") -> Sides:
    """Put songs on the side that their melody has; songs without one there (no melody: LMMS) are learned from."""
    found: dict[str, list[Song]] = {"train": [], "valid": [], "test": []}
    for song in songs:
        side = side_of.get(song.name, "" if song.corpus == "pop909" else "train")
        if side:  # a song whose melody is no melody of the lead may be a copy of a held-out one
            found[side].append(song)
    return laid(found, digest, songs)


def laid(found: dict[str, list[Song]], digest: str, every: list[Song] | None = None) -> Sides:
    """Return the bars of songs by side; every: the songs among which tension and density are ranked."""
    songs = every if every is not None else list({id(song): song for part in found.values() for song in part}.values())
    measured = dict(zip(map(id, songs), measure(songs), strict=True))
    return Sides(*(Bars(part, [measured[id(s)] for s in part]) for part in found.values()), digest)
