"""What a bar of drums must, may and should contain before the network plays it: the genre's part of the drums.

Human drum data hold little dance music, so the genre says where the kick, the backbeat, rolls and crashes stand;
hats, ghost notes, toms, fills, dynamics and timing are learned, drawn towards the genre's hats.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.drums import BEATS, BUSY_HITS, CLASS_OF, CLASSES, COUNT, Conditions
from engines.genre import thresholds
from engines.understudy.drums import place_of
from engines.understudy.stage import Stage, playing
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT

Floats = NDArray[np.float32]
Grid = NDArray[np.bool_]

KICK, SNARE, CLOSED, OPEN, CRASH = (
    CLASSES.index(name) for name in ("kick", "snare", "closed_hat", "open_hat", "crash")
)
TOMS: Final = slice(CLASSES.index("low_tom"), CLASSES.index("high_tom") + 1)
BACKBEAT: Final = frozenset({"clap"})
FILL_DENSITY: Final = 0.2  # convention: a fill is busier than the groove it leaves
TURN_STEP: Final = 12  # a phrase that goes on turns in its last beat


class Frame(msgspec.Struct, frozen=True, eq=False):
    """must, never: bool [16, 9]; bias: logits [16, 9]; told: conditions; fill: first step of the fill (16 = none).

    hits: how many hits the bar should have.
    """

    must: Grid
    never: Grid
    bias: Floats
    fill: int
    hits: float
    told: Conditions

    @property
    def told_in_fill(self) -> Conditions:
        """Return the conditions of the fill: there the network may play as rock drummers, who recorded most of them."""
        kick = "none" if self.never[self.fill :, KICK].all() else "free"
        busy = min(1.0, (self.told.density or 0.0) + FILL_DENSITY)
        return msgspec.structs.replace(self.told, style="rock", kick=kick, fill="yes", density=busy)


def frame_of(stage: Stage, numbers: Mapping[str, float]) -> Frame:
    """Read the genre's groove, the place in the form and the performer's wishes; numbers: the card's decoding."""
    shape = (STEPS_PER_BAR, COUNT)
    must, never, bias = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_), np.zeros(shape, np.float32)
    fill = _fill_step(stage, numbers)
    never[:, KICK] = never[:, CRASH] = True
    for drum, steps in _parts(stage):
        number = CLASS_OF.get(stage.genre.kit[drum])
        if number == KICK or drum in BACKBEAT:
            must[[step for step in steps if step < fill], number] = True
        elif number is not None:
            bias[steps, number] = numbers["open" if number == OPEN else "prior"]
    # one pair of cymbals: where the genre opens it, the closed hat gives way
    bias[:, CLOSED] = np.where(bias[:, OPEN] > 0, -bias[:, OPEN], bias[:, CLOSED])
    if _kick_free(stage):
        never[fill:, KICK] = False
    must[[*_roll(stage)], SNARE] = True
    bias[:fill, TOMS] += numbers["toms"]
    bias[fill:, TOMS] += numbers["fill"]
    bias[fill:, SNARE] += numbers["fill"]
    if crashes(stage):
        must[0, CRASH] = True
    never &= ~must
    return Frame(must, never, bias, fill, _hits(stage, numbers), _told(stage, must, numbers))


def crashes(stage: Stage) -> bool:
    """Whether a cymbal marks this bar: a section's first, in loud sections each phrase's."""
    plan = stage.request.plan
    first = stage.section.crash and plan.section_bar == 0
    return first or (stage.section.loud_phrases and plan.phrase_bar == 0)


def _parts(stage: Stage) -> Iterator[tuple[str, list[int]]]:
    for drum, part in stage.genre.grooves[stage.figure_name()].items():
        yield drum, playing(stage, thresholds(part.plays))


def _fill_step(stage: Stage, numbers: Mapping[str, float]) -> int:
    plan = stage.request.plan
    if not plan.last_of_phrase or place_of(stage) not in stage.section.fills:
        return STEPS_PER_BAR
    return int(numbers["fill_step"]) if plan.upcoming is not None else TURN_STEP


def _kick_free(stage: Stage) -> bool:
    """Whether a fill may use the kick: not where there was none, and not in the breath before a lift."""
    return "kick" in stage.genre.grooves[stage.figure_name()] and not stage.lifts()


def _roll(stage: Stage) -> list[int]:
    """Return the steps of the rising roll; a section held past its length rolls again with every phrase."""
    plan = stage.request.plan
    bar, bars = plan.section_bar, plan.section_bars
    if bar >= bars:
        bar, bars = plan.phrase_bar, plan.phrase_bars
    passed = bar / max(1, bars)
    stages = [each for each in stage.genre.rolls if stage.section.roll and each.since <= passed]
    return playing(stage, thresholds(max(stages, key=lambda each: each.since).plays)) if stages else []


def _hits(stage: Stage, numbers: Mapping[str, float]) -> float:
    ticks = range(0, TICKS_PER_BAR, TICKS_PER_BEAT)
    activity = sum(stage.activity(tick) for tick in ticks) / len(ticks)
    return numbers["quiet_hits"] + (numbers["busy_hits"] - numbers["quiet_hits"]) * activity


def _told(stage: Stage, must: Grid, numbers: Mapping[str, float]) -> Conditions:
    kick = "four" if must[list(BEATS), KICK].all() else "free" if must[:, KICK].any() else "none"
    loud = sum(stage.velocity(tick) for tick in range(0, TICKS_PER_BAR, TICKS_PER_BEAT)) / len(BEATS) / 127
    density = min(1.0, _hits(stage, numbers) / BUSY_HITS)
    return Conditions("four", kick, "no", stage.request.plan.phrase_bar, density, loud)
