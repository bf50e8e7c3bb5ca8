"""Idioms as odds: log probabilities of what sounds, of chords and of keys; smoothing is `Smoothing`'s."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from engines.analysis.idiom import FOLDER, Idiom, read, state_of, vector
from engines.analysis.music import Floats
from engines.analysis.settings import Settings, Smoothing, settings
from engines.analysis.words import KEYS, KINDS, MODES, STATES, scale_of
from engines.theory.key import Key

NEVER: Final = -1e6


class Odds(msgspec.Struct, frozen=True, eq=False):
    """An idiom as logarithms. K = 24 keys, C = 120 chords.

    tone [K * C, 12] and silence [K * C]: what a pitch class adds by sounding, and all of them by being silent.
    bass [C, 12]; follow float32 [K, C before, C]; first, last [K, C]; move [K before, K]; stay: log of keeping the key.
    hold, turn [levels]: log of keeping and of changing the chord. pivot, leave: log of the chord being kept, and left,
    as the key changes.
    """

    tone: Floats
    silence: Floats
    bass: Floats
    follow: Any
    first: Floats
    last: Floats
    move: Floats
    stay: float
    hold: Floats
    turn: Floats
    pivot: float
    leave: float


def load_idioms(folder: Path = FOLDER) -> dict[str, Odds]:
    """Return every idiom of a folder, by name."""
    return _load(folder)


@lru_cache(maxsize=2)
def _load(folder: Path) -> dict[str, Odds]:
    return {path.stem: odds(read(path), settings()) for path in sorted(folder.glob("*.yaml"))}


def odds(idiom: Idiom, using: Settings) -> Odds:
    """Return an idiom's logarithms."""
    tone, silence = _tones(idiom, using.smoothing)
    single = np.stack([_single(idiom, mode, using.smoothing) for mode in MODES])
    follow = np.stack([_follow(idiom, mode, single[n], using.smoothing) for n, mode in enumerate(MODES)])
    ends = [
        np.stack([_blend(vector(told[mode], mode), single[n], using.smoothing.ends) for n, mode in enumerate(MODES)])
        for told in (idiom.first, idiom.last)
    ]
    chords = np.arange(STATES)
    relative = np.array([chords // 12 * 12 + (chords - key.tonic) % 12 for key in KEYS])
    mode = [key.is_minor * 1 for key in KEYS]
    spread = [np.log(follow[m])[np.ix_(rel, rel)] for m, rel in zip(mode, relative, strict=True)]
    change = np.array(idiom.change)
    return Odds(
        tone=tone,
        silence=silence,
        bass=_bass(idiom, using.smoothing),
        follow=np.array(spread, np.float32),
        first=np.array([np.log(ends[0][m])[rel] for m, rel in zip(mode, relative, strict=True)]),
        last=np.array([np.log(ends[1][m])[rel] for m, rel in zip(mode, relative, strict=True)]),
        move=_moves(idiom, using.smoothing),
        stay=float(np.log(1 - idiom.modulate)),
        hold=np.log(1 - change),
        turn=np.log(change),
        pivot=float(np.log(idiom.pivot)),
        leave=float(np.log(1 - idiom.pivot)),
    )


def in_key(odds: Odds, key: Key) -> Odds:
    """Return the odds of music that stays in one key, as major or minor as its third is."""
    number_ = key.tonic + 12 * key.is_minor
    first = np.full_like(odds.first, NEVER)
    first[number_] = odds.first[number_]
    return msgspec.structs.replace(odds, first=first, move=np.full_like(odds.move, NEVER), stay=0.0)


def _tones(idiom: Idiom, smoothing: Smoothing) -> tuple[Floats, Floats]:
    low = smoothing.surest
    shares = np.array([(idiom.sounding[kind].outside, idiom.sounding[kind].inside) for kind in KINDS])
    shares = shares.clip(low, 1 - low)
    chords = np.arange(STATES)
    above = (np.arange(12)[None] - chords[:, None]) % 12
    inside = np.array([[int(pc in scale_of(key)) for pc in range(12)] for key in KEYS])
    found = shares[chords[None, :, None] // 12, inside[:, None, :], above[None]]
    return (
        np.log(found / (1 - found)).reshape(-1, 12),
        np.log(1 - found).sum(axis=2).reshape(-1),
    )


def _bass(idiom: Idiom, smoothing: Smoothing) -> Floats:
    chords = np.arange(STATES)
    shares = np.array([idiom.sounding[kind].bass for kind in KINDS]).clip(smoothing.surest)
    above = (np.arange(12)[None] - chords[:, None]) % 12
    return np.asarray(np.log(shares[chords[:, None] // 12, above]))


def _moves(idiom: Idiom, smoothing: Smoothing) -> Floats:
    counts = np.array([idiom.relation[mode] for mode in MODES]) + smoothing.relation
    counts[[0, 1], [0, 12]] = 0  # to move to the same key is not to move
    with np.errstate(divide="ignore"):
        shares = np.log(idiom.modulate * counts / counts.sum(axis=1, keepdims=True))
    found = np.full((len(KEYS), len(KEYS)), NEVER)
    for old in range(len(KEYS)):
        for new in range(len(KEYS)):
            if new != old:
                found[old, new] = shares[old // 12, new // 12 * 12 + (new - old) % 12]
    return found


def _single(idiom: Idiom, mode: str, smoothing: Smoothing) -> Floats:
    counts = sum((vector(text, mode) for text in idiom.follow[mode].values()), np.zeros(STATES)) + smoothing.unseen
    return np.asarray(counts / counts.sum())


def _follow(idiom: Idiom, mode: str, single: Floats, smoothing: Smoothing) -> Floats:
    """Return P(next | before), float64 [C, C]: counts over what follows anywhere."""
    found = np.tile(single, (STATES, 1))
    for before, text in idiom.follow[mode].items():
        found[state_of(before, mode)] = _blend(vector(text, mode), single, smoothing.follow)
    return found


def _blend(counts: Floats, single: Floats, weight: float) -> Floats:
    return np.asarray((counts + weight * single) / (counts.sum() + weight))
