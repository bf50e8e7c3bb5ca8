"""The tension that is heard, bar by bar: activity, register, loudness, and distance from home on the spiral array."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from engines.measure.line import Floats
from engines.note import Bar, Note
from engines.theory import spiral
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BEAT

UNPITCHED: Final = "drums"
COMPONENTS: Final = ("density", "register", "velocity", "diameter", "momentum", "strain", "dissonance")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One component: its weight, and the values that count as 0 and as 1 (beyond them it goes no further)."""

    weight: float
    low: float
    high: float


class Sounded(msgspec.Struct, frozen=True):
    """One bar as it was played: notes by voice, one chord a beat."""

    bars: dict[str, Bar]
    chords: tuple[Chord, ...]


def components(sounded: Sequence[Sounded], key: Key) -> Floats:
    """Return the raw COMPONENTS of every bar, float64 [bars, 7]; a silent bar is all zero.

    density: strokes, a chord struck at once being one, a drum each; register: mean MIDI pitch; velocity: mean 1..127;
    diameter, momentum, strain: of the bar's pitches on the spiral array (radius = 1), momentum from the bar before;
    dissonance: share 0..1 of notes foreign to their chord. Drums count for density and velocity.
    """
    rows: list[tuple[float, ...]] = []
    before: list[int] = []
    for bar in sounded:
        notes = [note for each in bar.bars.values() for note in each.notes]
        tones = [note for voice, each in bar.bars.items() if voice != UNPITCHED for note in each.notes]
        pitches = [note.pitch for note in tones]
        strain = spiral.measure(pitches, before, key)
        rows.append(
            (
                float(sum(_strokes(voice, each) for voice, each in bar.bars.items())),
                float(np.mean(pitches)) if pitches else 0.0,
                float(np.mean([note.velocity for note in notes])) if notes else 0.0,
                strain.diameter,
                strain.momentum,
                strain.strain,
                float(np.mean([_foreign(note, bar.chords) for note in tones])) if tones else 0.0,
            )
        )
        before = pitches or before
    return np.array(rows, np.float64).reshape(-1, len(COMPONENTS))


def realised(sounded: Sequence[Sounded], key: Key, parts: Mapping[str, Part]) -> Floats:
    """Return the realised tension of every bar, float64 [bars], 0..1: the weighted mean of its scaled components."""
    raw = components(sounded, key)
    low, high, weight = (
        np.array([getattr(parts[name], field) if name in parts else default for name in COMPONENTS])
        for field, default in (("low", 0.0), ("high", 1.0), ("weight", 0.0))
    )
    scaled = np.clip((raw - low) / np.maximum(high - low, 1e-9), 0, 1)
    return np.asarray(scaled @ weight / weight.sum(), np.float64)


def _strokes(voice: str, bar: Bar) -> int:
    return len(bar.notes) if voice == UNPITCHED else len({note.onset for note in bar.notes})


def _foreign(note: Note, chords: Sequence[Chord]) -> bool:
    return not chords[min(len(chords) - 1, note.onset // TICKS_PER_BEAT)].contains(note.pitch)
