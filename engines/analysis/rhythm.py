"""When notes begin: density, syncopation, swing, the beat's division, hints of cross rhythms."""

from itertools import permutations

import msgspec
import numpy as np

from engines.analysis.metre import Grid, beat, compound, length
from engines.analysis.music import Ints, Track
from engines.analysis.settings import Rhythm
from engines.units import TICKS_PER_BEAT, TICKS_PER_STEP


class Timing(msgspec.Struct, frozen=True):
    """Of some notes.

    per_bar, per_second: onsets. syncopation: share 0..1 of onsets off the beat's strength that sound on over a stronger
    place at which nothing begins. swing: long to short of the beat's halves (1 = straight, 2 = triplets), None where it
    cannot be told. triplets: share of onsets on thirds of a simple metre's beat.
    """

    per_bar: float
    per_second: float
    syncopation: float
    swing: float | None
    triplets: float


def timing(notes: Ints, grid: Grid, using: Rhythm, begin: int = 0, end: int | None = None) -> Timing:
    """Return the timing of notes int64 [N, 4] whose onsets lie in begin..end."""
    end = grid.end if end is None else end
    inside = notes[(notes[:, 0] >= begin) & (notes[:, 0] < end)]
    bars = max(1, int(np.searchsorted(grid.bars, end)) - int(np.searchsorted(grid.bars, begin)))
    seconds = max(1e-3, grid.seconds(end) - grid.seconds(begin))
    return Timing(
        per_bar=round(len(inside) / bars, 2),
        per_second=round(len(inside) / seconds, 2),
        syncopation=round(syncopation(inside, grid), 3),
        swing=swing(inside, grid, using),
        triplets=round(triplets(inside, grid, using), 3),
    )


def strengths(ticks: Ints, grid: Grid) -> Ints:
    """Return how strong sixteenth places are: 4 a bar line, 3 a half bar, 2 a beat, 1 half a beat, 0 anything else."""
    begin = grid.bars[np.clip(np.searchsorted(grid.bars, ticks, "right") - 1, 0, grid.count - 1)]
    found = np.zeros(len(ticks), np.int64)
    for number, (tick, bar) in enumerate(zip(ticks.tolist(), begin.tolist(), strict=True)):
        metre = grid.metre(bar)
        step, whole = beat(metre), length(metre)
        halves = (whole // 2, step, step // 3 if compound(metre) else step // 2)
        levels = (
            tick == bar,
            halves[0] % step == 0 and (tick - bar) % halves[0] == 0,
            *((tick - bar) % h == 0 for h in halves[1:]),
        )
        found[number] = next((4 - level for level, holds in enumerate(levels) if holds), 0)
    return found


def syncopation(notes: Ints, grid: Grid) -> float:
    """Return the share of onsets that begin in a weak place and sound on over a stronger one where nothing begins."""
    if not len(notes):
        return 0.0
    onsets = np.unique(np.rint(notes[:, 0] / TICKS_PER_STEP).astype(np.int64)) * TICKS_PER_STEP
    ends: dict[int, int] = {}
    for onset, duration in zip(np.rint(notes[:, 0] / TICKS_PER_STEP).tolist(), notes[:, 1].tolist(), strict=True):
        ends[int(onset)] = max(ends.get(int(onset), 0), duration)
    places = np.arange(onsets[0], onsets[-1] + 2 * TICKS_PER_BEAT * 4, TICKS_PER_STEP)
    strong = dict(zip(places.tolist(), strengths(places, grid).tolist(), strict=True))
    count = 0
    for tick, following in zip(onsets.tolist(), [*onsets[1:].tolist(), onsets[-1] + TICKS_PER_BEAT * 4], strict=True):
        reach = min(following, tick + ends[tick // TICKS_PER_STEP], tick + 4 * TICKS_PER_BEAT)
        count += any(strong[at] > strong[tick] for at in range(tick + TICKS_PER_STEP, reach, TICKS_PER_STEP))
    return count / len(onsets)


def offbeats(notes: Ints, grid: Grid) -> list[float]:
    """Return where in its beat, 0..1, the only onset inside each beat of a simple metre lies."""
    beats: dict[int, set[float]] = {}
    for onset in np.unique(notes[:, 0]).tolist():
        metre = grid.metre(onset)
        if compound(metre):
            continue
        step = beat(metre)
        number, inside = divmod(onset - int(grid.bars[grid.bar(onset)]), step)
        beats.setdefault(grid.bar(onset) * 64 + number, set()).add(inside / step)
    return [place for inside in beats.values() for place in inside if len(inside - {0.0}) == 1 and 0.3 < place < 0.8]


def swing(notes: Ints, grid: Grid, using: Rhythm) -> float | None:
    """Return the ratio of the beat's first part to its second where off-beats lie alike; None where it is unclear."""
    places = np.array(offbeats(notes, grid))
    if len(places) < using.swing_fewest:
        return None
    late = (places >= using.swing_low) & (places <= using.swing_high)
    if late.mean() >= using.swing_least:
        middle = float(np.median(places[late]))
        return round(middle / (1 - middle), 2)
    return 1.0 if (np.abs(places - 0.5) < using.swing_low - 0.5).mean() >= using.swing_least else None


def triplets(notes: Ints, grid: Grid, using: Rhythm) -> float:
    """Return the share of onsets on thirds of the beat and not on its sixteenths; in 6/8 and its like 0."""
    if not len(notes):
        return 0.0
    count = 0
    for onset in notes[:, 0].tolist():
        metre = grid.metre(onset)
        step = beat(metre)
        inside = (onset - int(grid.bars[grid.bar(onset)])) % step
        third = min(abs(inside - step / 3), abs(inside - 2 * step / 3))
        fourth = min(abs(inside - step * n / 4) for n in range(5))
        count += not compound(metre) and third <= using.near_ticks and third < fourth
    return count / len(notes)


class Cross(msgspec.Struct, frozen=True):
    """A hint of two rhythms at once: "3:2" in the beat of two tracks, or equal steps across the beat of one."""

    what: str
    tracks: tuple[str, ...]
    count: int


def crosses(tracks: tuple[Track, ...], grid: Grid, using: Rhythm) -> list[Cross]:
    """Return the hints of polyrhythm, the most frequent first."""
    found = []
    parts = [(track.name, _divided(track, grid, 3, using), _divided(track, grid, 2, using)) for track in tracks]
    for (one, thirds, _), (two, _, halves) in permutations(parts, 2):
        if both := len(thirds & halves):
            found.append(Cross("3:2 in the beat", (one, two), both))
    for track in tracks:
        found += [
            Cross(f"every {steps} sixteenths", (track.name,), n) for steps, n in _runs(track, grid, using).items()
        ]
    return sorted(found, key=lambda each: -each.count)


def _divided(track: Track, grid: Grid, parts: int, using: Rhythm) -> set[int]:
    """Return the beats (their ticks) that a track's onsets divide into so many equal parts."""
    beats: dict[int, set[int]] = {}
    for onset in track.notes[:, 0].tolist():
        step = beat(grid.metre(onset))
        inside = (onset - int(grid.bars[grid.bar(onset)])) % step
        part = round(inside * parts / step)
        exact = abs(inside - part * step / parts) <= using.near_ticks
        beats.setdefault(onset - inside, set()).add(part if exact else -1)
    wanted = set(range(1, parts))
    return {
        tick for tick, places in beats.items() if wanted <= places and -1 not in places and len(places) <= parts + 1
    }


def _runs(track: Track, grid: Grid, using: Rhythm) -> dict[int, int]:
    """Return how many runs of equal steps cross the beat of a simple metre, by the step in sixteenths."""
    steps = np.rint(np.unique(track.notes[:, 0]) / TICKS_PER_STEP).astype(int)
    gaps = np.diff(np.unique(steps)).tolist()
    found: dict[int, int] = {}
    run, last = 0, 0
    for gap in gaps:
        run = run + 1 if gap == last else 1
        last = gap
        crossing = gap in {3, 5, 6, 7} and run == using.cross_fewest
        if crossing and not any(compound(metre) or metre.beats % 3 == 0 for metre in grid.metres):
            found[gap] = found.get(gap, 0) + 1
    return found
