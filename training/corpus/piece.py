"""Piece: the one canonical form of a piece of music, whatever file it came from.

Ticks are the engine's (480 a beat, integers) from the start of bar 0; a pickup lies before 0.
"""

from typing import Literal

import msgspec

from engines.analysis.music import Metre, Tempo

Role = Literal["lead", "bass", "arp", "pad", "drums", "other"]
Tier = Literal["A", "A-", "B", "C", "own"]
"""As `SOURCE.md` of a data folder says; `own`: a user's files. C never trains what ships."""


class Event(msgspec.Struct, frozen=True, array_like=True, order=True):
    """One note. onset: ticks; duration: ticks, 1 or more; pitch 0..127; velocity 1..127."""

    onset: int
    duration: int
    pitch: int
    velocity: int


class Track(msgspec.Struct, frozen=True):
    """One part. confidence 0..1 and reasons: how its role was found. program: General MIDI 0..127, -1 unknown."""

    name: str
    role: Role
    events: tuple[Event, ...]
    confidence: float = 1.0
    reasons: tuple[str, ...] = ()
    program: int = -1


class Span(msgspec.Struct, frozen=True):
    """A chord or a section from `tick` to `end`; label: a chord name (`engines.theory`) or a section."""

    tick: int
    end: int
    label: str
    confidence: float = 1.0


class KeyMark(msgspec.Struct, frozen=True):
    """The key from `tick` on; tonic 0..11 (0 = C), mode as `engines.theory.key` names it."""

    tick: int
    tonic: int
    mode: str
    confidence: float = 1.0


class Piece(msgspec.Struct, frozen=True):
    """A piece of music. name: unique within its source; velocities_played: whether a human's touch is in them."""

    name: str
    source: str
    tier: Tier
    licence: str
    tracks: tuple[Track, ...]
    tempos: tuple[Tempo, ...] = ()
    metres: tuple[Metre, ...] = ()
    keys: tuple[KeyMark, ...] = ()
    chords: tuple[Span, ...] = ()
    sections: tuple[Span, ...] = ()
    velocities_played: bool = False
    meta: dict[str, str] = {}
