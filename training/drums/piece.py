"""A drum piece: bars of hits on the grid of sixteenths."""

from collections.abc import Iterable, Iterator

import msgspec

from engines.codec.drums import CLASS_OF, MAX_OFFSET, Hits
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

Event = tuple[float, int, float]
"""(ticks from the first bar line at 480 a beat, percussion key, velocity 0..1)."""


class Piece(msgspec.Struct, frozen=True):
    """A performance or pattern.

    split: train, valid (watches the training) or test (the report), "" in a prepared corpus. fill: name of FILLS.
    dynamic, timed: whether its velocities, its offsets are worth learning. labelled: whether somebody told its style.
    """

    name: str
    source: str
    split: str
    style: str
    fill: str
    dynamic: bool
    timed: bool
    bars: tuple[Hits, ...]
    labelled: bool = True


def grid(events: Iterable[Event], bars: int) -> tuple[Hits, ...]:
    """Put events on the grid over bar lines: a hit just before a bar line is that line's, early."""
    made = [Hits.silence() for _ in range(bars)]
    for tick, key, velocity in events:
        number = CLASS_OF.get(key)
        step = round(tick / TICKS_PER_STEP)
        bar, place = divmod(step, STEPS_PER_BAR)
        if number is None or not 0 <= bar < bars or velocity <= made[bar].velocities[place, number]:
            continue
        made[bar].hits[place, number] = True
        made[bar].velocities[place, number] = velocity
        late = (tick - step * TICKS_PER_STEP) / MAX_OFFSET
        made[bar].offsets[place, number] = max(-1.0, min(1.0, late))
    return tuple(made)


def runs(bars: tuple[Hits, ...]) -> Iterator[tuple[Hits, ...]]:
    """Yield stretches of bars with hits: a song's silence says nothing about drums."""
    run: list[Hits] = []
    for bar in (*bars, Hits.silence()):
        if bar.hits.any():
            run.append(bar)
        elif run:
            yield tuple(run)
            run = []


def bar_count(events: list[Event]) -> int:
    """Return the bars that events fill."""
    return int(max(tick for tick, _, _ in events) + TICKS_PER_STEP / 2) // (TICKS_PER_STEP * STEPS_PER_BAR) + 1
