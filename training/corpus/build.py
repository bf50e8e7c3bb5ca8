"""From parts to a Piece: roles, chords and key found where nobody wrote them."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.analysis.music import Metre, Tempo
from engines.theory.key import Key
from training.corpus import chords, keys
from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.parts import BrokenFile, Midi, Part
from training.corpus.piece import Event, KeyMark, Piece, Role, Span, Track
from training.corpus.roles import Verdict, classify

Ints = NDArray[np.int64]
HIGHEST = 127
AGREED = 0.95  # confidence of an estimated key that the file's key signature confirms


class Known(msgspec.Struct, frozen=True):
    """What a reader knows; None or empty: to be estimated, () = there is none."""

    keys: tuple[KeyMark, ...] | None = None
    chords: tuple[Span, ...] | None = None
    sections: tuple[Span, ...] = ()
    roles: dict[str, Role] = {}
    meta: dict[str, str] = {}


def notes_of(track: Track) -> Ints:
    """Return a track's events as int64 [N, 4], not to be written to; many steps ask for the same track."""
    return _array(_Same(track.events))


class _Same:
    """Events as a key of a cache by identity: hashing thousands of notes would cost what the cache saves."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        self.events = events  # held, so that its identity stays its own

    def __hash__(self) -> int:
        return id(self.events)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.events is self.events


@lru_cache(maxsize=64)
def _array(same: _Same) -> Ints:
    found = np.array([(e.onset, e.duration, e.pitch, e.velocity) for e in same.events], np.int64).reshape(-1, 4)
    found.flags.writeable = False
    return found


def events_of(notes: Ints | Sequence[Sequence[int]]) -> tuple[Event, ...]:
    """Return rows of onset, duration, pitch, velocity as events, in order."""
    rows = notes.tolist() if isinstance(notes, np.ndarray) else sorted(map(tuple, notes))
    return msgspec.convert(rows, tuple[Event, ...])


def tracks_of(parts: Sequence[Part], known: dict[str, Role], config: Config) -> tuple[Track, ...]:
    """Return parts as tracks; known: roles by track name, which need no judging."""
    if not parts:
        return ()
    judged = classify(tuple(parts), config.role, config.lead)
    found = []
    for part, verdict in zip(parts, judged, strict=True):
        told = (f"the corpus names its track {part.name}",)
        sure = Verdict(known[part.name], 1.0, told) if part.name in known else verdict
        found.append(Track(part.name, sure.role, events_of(part.notes), sure.confidence, sure.reasons, part.program))
    return tuple(found)


def piece(item: Item, parts: Sequence[Part], config: Config, known: Known, midi: Midi | None = None) -> Piece:
    """Return the piece of an item; midi: the file behind it, whose maps are taken over."""
    if any(part.notes[:, 2].min() < 0 or part.notes[:, 2].max() > HIGHEST for part in parts):
        raise BrokenFile("pitches outside 0..127")
    about, tracks = item.about, tracks_of(parts, known.roles, config)
    found_keys = known.keys if known.keys is not None else key_marks(tracks, midi, config)
    found_chords = known.chords if known.chords is not None else chord_spans(tracks, config)
    played = about.played if about.played is not None else _played(parts, config)
    told = {**about.meta, **known.meta}
    meta = {"song": about.song or f"{item.source}/{item.name}", "form": about.form}
    meta |= {name: str(value) for name, value in told.items() if value is not None}
    if about.split:
        meta["split"] = about.split
    if midi is None or not midi.metres:
        meta.setdefault("metre", "assumed")
    return Piece(
        name=item.name,
        source=item.source,
        tier=item.tier,
        licence=about.licence or item.licence,
        tracks=tracks,
        tempos=(midi and midi.tempos) or (Tempo(0, config.default_bpm),),
        metres=(midi and midi.metres) or (Metre(0, 4, 4),),
        keys=found_keys,
        chords=found_chords,
        sections=known.sections or markers(midi, tracks),
        velocities_played=played,
        meta=meta,
    )


def pitched(tracks: Sequence[Track], lead_weight: float = 1.0) -> tuple[Ints, NDArray[np.float64]]:
    """Return the notes of all but the drums, int64 [N, 4], and their weights: `lead_weight` for the lead."""
    rows = [
        (notes_of(track), lead_weight if track.role == "lead" else 1.0) for track in tracks if track.role != "drums"
    ]
    rows = [(notes, weight) for notes, weight in rows if len(notes)]
    if not rows:
        return np.zeros((0, 4), np.int64), np.zeros(0)
    return np.concatenate([n for n, _ in rows]), np.concatenate([np.full(len(n), w) for n, w in rows])


def key_marks(tracks: Sequence[Track], midi: Midi | None, config: Config) -> tuple[KeyMark, ...]:
    """Return the key estimated from the notes; a written signature raises the confidence or is ignored."""
    notes, _ = pitched(tracks)
    if not len(notes):
        return ()
    found = keys.guess(keys.sounding(notes, config.key.longest_beats), config.key)
    written = {fifths * 7 % 12 for _, fifths, _ in midi.keys} if midi else set()
    agreed = written == {found.key.relative_major}
    sure = max(found.confidence, AGREED) if agreed else found.confidence
    return (KeyMark(0, found.key.tonic, found.key.mode, sure),)


def chord_spans(tracks: Sequence[Track], config: Config) -> tuple[Span, ...]:
    """Return estimated chords; a lone line has none worth telling."""
    if sum(track.role not in {"drums", "lead"} for track in tracks) == 0:
        return ()
    notes, weight = pitched(tracks, config.chord.lead_weight)
    here = notes[:, 0] >= 0
    return chords.estimate(notes[here], weight[here], config.chord)


def markers(midi: Midi | None, tracks: Sequence[Track]) -> tuple[Span, ...]:
    """Return the markers of a file as sections, each to the next one or the end."""
    if midi is None or not midi.markers:
        return ()
    last = max((e.onset + e.duration for track in tracks for e in track.events), default=0)
    named = sorted(midi.markers)
    ends = [tick for tick, _ in named[1:]] + [last]
    return tuple(
        Span(tick, end, text.strip())
        for (tick, text), end in zip(named, ends, strict=True)
        if end > tick and text.strip()
    )


def key_mark(tick: int, key: Key, confidence: float = 1.0) -> KeyMark:
    """Return the mark of an annotated key."""
    return KeyMark(tick, key.tonic, key.mode, confidence)


def _played(parts: Sequence[Part], config: Config) -> bool:
    heard = {int(v) for part in parts for v in np.unique(part.notes[:, 3])}
    return len(heard) >= config.played_velocities
