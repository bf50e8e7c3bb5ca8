"""Drums on a grid: hit, velocity and micro-timing of nine classes on sixteen steps, after Gillick et al. 2019 (HVO).

Law: decode(encode(bar)) == quantised(bar). `Conditions` is what the network is told about a bar, `row` what it
sees before a step; training and the live expert both call them.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.grid import PHRASE_BARS, fingerprint, nearest_step
from engines.note import Bar, Note
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

CLASSES: Final = ("kick", "snare", "closed_hat", "open_hat", "low_tom", "mid_tom", "high_tom", "crash", "ride")
COUNT: Final = len(CLASSES)
KEYS: Final = (36, 38, 42, 46, 45, 47, 50, 49, 51)
MAX_OFFSET: Final = TICKS_PER_STEP // 2 - 1
NOTE_TICKS: Final = TICKS_PER_STEP

# General MIDI percussion keys and the edges of Roland's TD-11 (Groove MIDI Dataset) to the nine classes; the
# shaken ones play the closed hat's part, clap and rim the snare's. What is not here (congas, bells) is left out.
_MEMBERS: Final = (
    (35, 36), (37, 38, 39, 40), (22, 42, 44, 54, 69, 70, 82), (26, 46), (41, 43, 45, 58), (47, 48), (50,),
    (49, 52, 55, 57), (51, 53, 59),
)  # fmt: skip
CLASS_OF: Final = {key: number for number, keys in enumerate(_MEMBERS) for key in keys}

STYLES: Final = ("unknown", "four", "electronic", "rock", "metal", "funk", "soul", "hiphop", "latin", "jazz")
KICKS: Final = ("unknown", "free", "four", "none")
FILLS: Final = ("unknown", "no", "yes")
BUSY_HITS: Final = 32  # hits in a bar that count as density 1: the 99th percentile of the Groove MIDI Dataset
BEATS: Final = (0, 4, 8, 12)

VOCABULARIES: Final = (STEPS_PER_BAR, PHRASE_BARS + 1, len(STYLES), len(KICKS), len(FILLS))
PAIRS: Final = tuple((i, j) for i in range(COUNT) for j in range(i))  # class i is decided knowing class j
HEADS: Final = (COUNT, len(PAIRS), COUNT, COUNT)  # hit logits, their couplings, velocity, offset
FEATURES: Final = 9 * COUNT + 4
FINGERPRINT: Final = fingerprint("drums", CLASSES, _MEMBERS, VOCABULARIES, FEATURES, HEADS, BUSY_HITS)


class Hits(msgspec.Struct, frozen=True, eq=False):
    """One bar: hits bool [16, 9], velocities float 0..1 [16, 9] and offsets float -1..1 half steps [16, 9]."""

    hits: NDArray[np.bool_]
    velocities: Floats
    offsets: Floats

    @classmethod
    def silence(cls) -> "Hits":
        """Return a bar without hits."""
        shape = (STEPS_PER_BAR, COUNT)
        return cls(np.zeros(shape, np.bool_), np.zeros(shape, np.float32), np.zeros(shape, np.float32))


class Conditions(msgspec.Struct, frozen=True):
    """What a bar shall be: names of STYLES, KICKS, FILLS; phrase_bar 0..7 or None.

    density: hits / BUSY_HITS, intensity: mean velocity 0..1; None = not told. Real drum data know no tension:
    these two stand for it, and `realised` measures them.
    """

    style: str = "unknown"
    kick: str = "unknown"
    fill: str = "unknown"
    phrase_bar: int | None = None
    density: float | None = None
    intensity: float | None = None


def encode(bar: Bar) -> Hits:
    """Put a bar on the grid: nearest step, the loudest of a class on a step wins, foreign keys are left out."""
    grid = Hits.silence()
    for note in bar.notes:
        number = CLASS_OF.get(note.pitch)
        if number is None:
            continue
        step = nearest_step(note.onset)
        velocity = np.float32(note.velocity / 127)
        if velocity > grid.velocities[step, number]:
            late = max(-MAX_OFFSET, min(MAX_OFFSET, note.onset - step * TICKS_PER_STEP))
            grid.hits[step, number] = True
            grid.velocities[step, number] = velocity
            grid.offsets[step, number] = late / MAX_OFFSET
    return grid


def decode(grid: Hits, keys: Sequence[int] = KEYS) -> Bar:
    """Return the bar of a grid, class by class on `keys`; what would sound before the bar line sounds on it."""
    notes = []
    for step, number in np.argwhere(grid.hits):
        late = round(float(grid.offsets[step, number]) * MAX_OFFSET)
        onset = max(0, min(TICKS_PER_BAR - 1, int(step) * TICKS_PER_STEP + late))
        velocity = max(1, min(127, round(float(grid.velocities[step, number]) * 127)))
        notes.append(Note(onset, NOTE_TICKS, keys[number], velocity))
    return Bar.of(notes)


def quantised(bar: Bar) -> Bar:
    """Return what the grid keeps of a bar: canonical keys, one note per class and step, offsets inside half a step."""
    best: dict[tuple[int, int], Note] = {}
    for note in bar.notes:
        number = CLASS_OF.get(note.pitch)
        if number is not None:
            place = (nearest_step(note.onset), number)
            if place not in best or note.velocity > best[place].velocity:
                best[place] = note
    kept = []
    for (step, number), note in best.items():
        late = max(-MAX_OFFSET, min(MAX_OFFSET, note.onset - step * TICKS_PER_STEP))
        kept.append(Note(max(0, step * TICKS_PER_STEP + late), NOTE_TICKS, KEYS[number], note.velocity))
    return Bar.of(kept)


def realised(grid: Hits, told: Conditions) -> Conditions:
    """Return the conditions with kick, density and intensity as the bar really is."""
    count = int(grid.hits.sum())
    kick = "none" if not grid.hits[:, 0].any() else "four" if grid.hits[BEATS, 0].all() else "free"
    intensity = float(grid.velocities[grid.hits].mean()) if count else None
    return msgspec.structs.replace(told, kick=kick, density=min(1.0, count / BUSY_HITS), intensity=intensity)


def tokens_of(told: Conditions) -> Ints:
    """Return the categorical inputs of a bar, int64 [16, K]."""
    found = np.empty((STEPS_PER_BAR, len(VOCABULARIES)), np.int64)
    found[:, 0] = np.arange(STEPS_PER_BAR)
    found[:, 1] = PHRASE_BARS if told.phrase_bar is None else told.phrase_bar % PHRASE_BARS
    found[:, 2:] = STYLES.index(told.style), KICKS.index(told.kick), FILLS.index(told.fill)
    return found


def static_features(told: Conditions, past: Sequence[Hits]) -> Floats:
    """Return float32 [16, FEATURES] with everything but the previous step (see `put_previous`).

    Columns: previous step's hits, velocities, offsets; the same of the bar before on the same step; that bar's
    hits one step on; hits of two and of four bars before; density, intensity and a flag for each that is told.
    past: earlier bars, oldest first.
    """
    found = np.zeros((STEPS_PER_BAR, FEATURES), np.float32)
    if past:
        last = past[-1]
        found[:, 27:54] = np.concatenate([last.hits, last.velocities, last.offsets], axis=1)
        found[:-1, 54:63] = last.hits[1:]
    for lag, column in ((2, 63), (4, 72)):
        if len(past) >= lag:
            found[:, column : column + COUNT] = past[-lag].hits
    for value, column in ((told.density, 81), (told.intensity, 83)):
        if value is not None:
            found[:, column] = value
            found[:, column + 1] = 1
    return found


def put_previous(row: Floats, grid: Hits | None, step: int) -> None:
    """Write step `step` of `grid` into a feature row as the step before; None = nothing was heard."""
    if grid is not None:
        row[:COUNT] = grid.hits[step]
        row[COUNT : 2 * COUNT] = grid.velocities[step]
        row[2 * COUNT : 3 * COUNT] = grid.offsets[step]


def heard_features(told: Conditions, grid: Hits, past: Sequence[Hits]) -> Floats:
    """Return the features [16, FEATURES] of a bar that is known, each step after the true one before."""
    found = static_features(told, past)
    put_previous(found[0], past[-1] if past else None, STEPS_PER_BAR - 1)
    for step in range(1, STEPS_PER_BAR):
        put_previous(found[step], grid, step - 1)
    return found
