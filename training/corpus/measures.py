"""What a track's notes say about its role: register, polyphony, lengths, density, regularity, repetition."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP

Ints = NDArray[np.int64]
STRUM = TICKS_PER_STEP // 2  # onsets so close are one chord
LEAP = 2  # semitones: more is a leap
LOOK_BACK = 4  # bars in which a pattern counts as repeated


class Measures(msgspec.Struct, frozen=True):
    """Of one track.

    notes: count. pitch: mean MIDI number. polyphony: notes that sound together, 1 or more. chordal: share of
    onsets with company. beats: median duration. density: notes a sounding bar. regular: share of the commonest
    distance between onsets. repeats: share of bars heard (up to transposition) within the four bars before.
    leaps: share of intervals beyond a tone. lowest, highest: share of its bars in which no track lies lower, higher.
    """

    notes: float
    pitch: float
    polyphony: float
    chordal: float
    beats: float
    density: float
    regular: float
    repeats: float
    leaps: float
    lowest: float
    highest: float


def polyphony(notes: Ints) -> float:
    """Return the mean of sounding notes while any sounds."""
    onset, end = notes[:, 0], notes[:, 0] + notes[:, 1]
    reach = np.maximum.accumulate(end)
    gaps = np.maximum(0, onset[1:] - reach[:-1]).sum()
    union = reach[-1] - onset[0] - gaps
    return float(notes[:, 1].sum() / max(1, union))


def registers(notes: Ints, bars: int) -> NDArray[np.float64]:
    """Return the mean pitch per bar, float64 [bars], NaN where nothing begins."""
    place = notes[:, 0] // TICKS_PER_BAR
    count = np.bincount(place, minlength=bars)
    with np.errstate(invalid="ignore"):
        return np.bincount(place, weights=notes[:, 2], minlength=bars) / count


def measure(notes: Ints, others: NDArray[np.float64], mine: NDArray[np.float64]) -> Measures:
    """Return the measures of a track; others: registers of all pitched tracks [T, bars]; mine: its own [bars]."""
    onset, pitch = notes[:, 0], notes[:, 2]
    gaps = np.diff(onset)
    starts = np.concatenate([[True], gaps > STRUM])
    events = int(starts.sum())
    sizes = np.diff(np.append(np.flatnonzero(starts), len(notes)))
    top = np.maximum.reduceat(pitch, np.flatnonzero(starts))
    steps = np.rint(np.diff(onset[starts]) / TICKS_PER_STEP).astype(int)
    sounding = ~np.isnan(mine)
    active = max(1, int(sounding.sum()))
    intervals = np.abs(np.diff(top))
    moving = intervals[intervals > 0]
    return Measures(
        notes=float(len(notes)),
        pitch=float(pitch.mean()),
        polyphony=polyphony(notes),
        chordal=float((sizes > 1).mean()),
        beats=float(np.median(notes[:, 1])) / TICKS_PER_BEAT,
        density=events / active,
        regular=float(np.bincount(np.clip(steps, 0, 64)).max() / len(steps)) if len(steps) else 0.0,
        repeats=_repeats(notes),
        leaps=float((moving > LEAP).mean()) if len(moving) else 0.0,
        lowest=float((mine[sounding] <= np.fmin.reduce(others)[sounding]).mean()),
        highest=float((mine[sounding] >= np.fmax.reduce(others)[sounding]).mean()),
    )


def _repeats(notes: Ints) -> float:
    """Return the share of bars whose (step, interval) pattern was heard in the LOOK_BACK bars before."""
    bars, starts = np.unique(notes[:, 0] // TICKS_PER_BAR, return_index=True)
    seen: dict[bytes, int] = {}
    again = 0
    for bar, part in zip(bars.tolist(), np.split(notes, starts[1:]), strict=True):
        shape = np.stack([part[:, 0] % TICKS_PER_BAR // TICKS_PER_STEP, part[:, 2] - part[0, 2]])
        mark = shape.astype(np.int16).tobytes()
        again += bar - seen.get(mark, bar - LOOK_BACK - 1) <= LOOK_BACK
        seen[mark] = bar
    return again / len(bars)
