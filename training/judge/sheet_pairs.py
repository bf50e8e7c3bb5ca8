"""Which excerpts are heard against each other, and in which order: blind, balanced, the same for the same seed.

band            the learned line-up against the rules, all five voices
melody          the learned lead against the real melody, both over what the rules wrote around their own lead
accompaniment   bass, arp and pad of the line-up against the song's own tracks, both on a piano around the real melody
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from engines.units import VOICES
from training.judge.result import LEARNED, REAL, UNDERSTUDY, Excerpt

Notes = list[tuple[int, int, int, int]]
"""(onset, duration in ticks; pitch; velocity)."""
Voices = dict[str, Notes]

AROUND: Final = f"{LEARNED} around melody"
"""The player of excerpts in which the line-up accompanies the real melody."""
PIANO: Final = "piano"
ABOUT: Final = {"band": "the whole band", "melody": "the melody", "accompaniment": "the accompaniment"}


class Side(msgspec.Struct, frozen=True):
    """What one side of a pair plays, and who it is."""

    player: str
    notes: Voices


class Pair(msgspec.Struct, frozen=True):
    """Two sides of one blueprint, A and B."""

    kind: str
    source: Excerpt
    a: Side
    b: Side


def pairs(excerpts: Iterable[Excerpt], seed: int) -> list[Pair]:
    """Return all pairs that differ, shuffled; of every kind each player is A as often as B, odd ones by chance."""
    found: dict[str, dict[str, Excerpt]] = {}
    for each in excerpts:
        found.setdefault(each.blueprint, {})[each.player] = each
    made = [pair for players in found.values() for pair in _sides(players) if pair.a.notes != pair.b.notes]
    dice = np.random.default_rng(seed)
    blind = [pair for kind in ABOUT for pair in _balanced([p for p in made if p.kind == kind], dice)]
    return [blind[int(n)] for n in dice.permutation(len(blind))]


def _sides(players: Mapping[str, Excerpt]) -> Iterator[Pair]:
    real, learned, rules, around = (players.get(who) for who in (REAL, LEARNED, UNDERSTUDY, AROUND))
    if learned and rules:
        yield _pair("band", learned, _all(learned.notes), (UNDERSTUDY, _all(rules.notes)))
    if learned and rules and real:
        backing = {voice: rules.notes.get(voice, []) for voice in VOICES if voice != "lead"}
        ours, theirs = ({"lead": who.notes.get("lead", []), **backing} for who in (learned, real))
        yield _pair("melody", learned, ours, (REAL, theirs))
    if around and real and real.notes.get("pad"):
        lead = real.notes.get("lead", [])
        ours, theirs = ({"lead": lead, PIANO: _together(who.notes)} for who in (around, real))
        yield _pair("accompaniment", around, ours, (REAL, theirs))


def _pair(kind: str, source: Excerpt, ours: Voices, other: tuple[str, Voices]) -> Pair:
    return Pair(kind, source, Side(LEARNED, ours), Side(*other))


def _all(notes: Mapping[str, Sequence[tuple[int, int, int, int]]]) -> Voices:
    return {voice: list(notes.get(voice, ())) for voice in VOICES}


def _together(notes: Mapping[str, Sequence[tuple[int, int, int, int]]]) -> Notes:
    """Return bass, arp and pad as one part: drums, which songs as read do not have, would tell who plays."""
    return sorted(note for voice in ("bass", "arp", "pad") for note in notes.get(voice, ()))


def _balanced(found: Sequence[Pair], dice: np.random.Generator) -> list[Pair]:
    half, odd = divmod(len(found), 2)
    turned = [True] * half + [False] * half + [bool(dice.integers(2))] * odd
    order = dice.permutation(len(found))
    return [_turned(pair) if turned[int(n)] else pair for pair, n in zip(found, order, strict=True)]


def _turned(pair: Pair) -> Pair:
    return msgspec.structs.replace(pair, a=pair.b, b=pair.a)
