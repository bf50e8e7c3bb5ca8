"""From a Piece to the lead's Tune: the surest lead track in sixteenths, chords per beat, a key."""

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP
from training.corpus.piece import Piece, Track
from training.corpus.tokens import lead_track

ENDLESS = 10**9


class Tune(msgspec.Struct):
    """A melody before the grid: events (onset, duration in steps, pitch, velocity), chords per beat or None.

    backing: loudness of the accompaniment per bar, float32 [bars], None where there is none.
    """

    name: str
    corpus: str
    key: Key
    events: list[tuple[int, int, int, int]]
    chords: dict[int, Chord] | None
    backing: NDArray[np.float32] | None = None


def tunes_of(piece: Piece) -> Iterator[Tune]:
    """Yield a tune for every key that the piece runs through; nothing where it has no lead or no key."""
    track = lead_track(piece)
    if track is None:
        return
    shift = TICKS_PER_BAR if piece.meta.get("pickup") or track.events[0].onset < 0 else 0
    events = [steps(e.onset + shift, e.duration, e.pitch, e.velocity) for e in track.events]
    chords = per_beat(piece, shift) or None
    loud = backing(piece, track, shift)
    starts = [round((mark.tick + shift) / TICKS_PER_BAR) * STEPS_PER_BAR for mark in piece.keys]
    for number, mark in enumerate(piece.keys):
        begin = starts[number] if number else 0
        end = starts[number + 1] if number + 1 < len(starts) else ENDLESS
        part = sorted(event for event in events if begin <= event[0] < end)
        yield Tune(f"{piece.source}/{piece.name}", piece.source, Key(mark.tonic, mark.mode), part, chords, loud)


def tune_of(piece: Piece) -> Tune | None:
    """Return the piece's tune in the key in which most of it stands, None where it has no lead or no key."""
    return max(tunes_of(piece), key=lambda tune: len(tune.events), default=None)


def steps(onset: int, duration: int, pitch: int, velocity: int) -> tuple[int, int, int, int]:
    """Return a note in sixteenths; the end is rounded, not the length, so that neighbours stay neighbours."""
    begun = round(onset / TICKS_PER_STEP)
    return begun, max(1, round((onset + duration) / TICKS_PER_STEP) - begun), pitch, velocity


def per_beat(piece: Piece, shift: int) -> dict[int, Chord]:
    """Return the chord that runs at each beat."""
    found: dict[int, Chord] = {}
    for span in piece.chords:
        first, last = (round((tick + shift) / TICKS_PER_BEAT) for tick in (span.tick, span.end))
        chord = Chord.parse(span.label)
        found.update(dict.fromkeys(range(first, max(first + 1, last)), chord))
    return found


def backing(piece: Piece, lead: Track, shift: int) -> NDArray[np.float32] | None:
    """Return how loud everybody else but the drums is in each bar, float32 [bars]; None where the lead is alone."""
    others = [t for t in piece.tracks if t is not lead and t.role != "drums"]
    rows = [(round((e.onset + shift) / TICKS_PER_STEP), e.velocity) for track in others for e in track.events]
    if not rows:
        return None
    last = max(round((e.onset + shift) / TICKS_PER_STEP) for t in (lead, *others) for e in t.events)
    found = np.zeros(2 + last // STEPS_PER_BAR, np.float32)
    for onset, velocity in rows:
        found[max(0, onset) // STEPS_PER_BAR] += velocity
    return found
