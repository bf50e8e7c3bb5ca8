"""The drums: four on the floor, grooves that fill with tension, fills at phrase ends, rolls before drops."""

from collections.abc import Iterator

from engines.genre import Fill, Part, accents, thresholds
from engines.genre.figures import Place
from engines.note import Note
from engines.understudy.stage import Stage, playing
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

TURN_BARS = 4
CRASH = "crash"
ROLL_FLOOR = 0.5  # share of its level at which a rising roll begins


def write_drums(stage: Stage) -> list[Note]:
    """Write one bar: groove, roll, fill and crash."""
    groove = stage.genre.grooves[stage.figure_name()]
    fill = _fill(stage)
    end = STEPS_PER_BAR - fill.gap if fill else STEPS_PER_BAR
    notes = [*_groove(stage, groove, fill), *_roll(stage), *(_fill_notes(stage, fill) if fill else ()), *_crash(stage)]
    loudest: dict[tuple[int, int], Note] = {}
    for note in notes:
        key = note.onset, note.pitch
        if note.onset < end * TICKS_PER_STEP and (key not in loudest or loudest[key].velocity < note.velocity):
            loudest[key] = note
    return list(loudest.values())


def _groove(stage: Stage, groove: dict[str, Part], fill: Fill | None) -> Iterator[Note]:
    for drum, part in groove.items():
        muted = fill.start if fill and (drum in fill.mutes or drum in fill.parts) else STEPS_PER_BAR
        yield from (note for note in _part(stage, drum, part) if note.onset < muted * TICKS_PER_STEP)


def _part(stage: Stage, drum: str, part: Part) -> Iterator[Note]:
    strengths = accents(part.accents)
    for step in playing(stage, thresholds(part.plays)):
        yield _hit(stage, drum, step, strengths[step], part.level)


def _hit(stage: Stage, drum: str, step: int, accent: float, level: float) -> Note:
    tick = step * TICKS_PER_STEP
    return Note(tick, TICKS_PER_STEP, stage.genre.kit[drum], stage.velocity(tick, accent, level))


def _fill(stage: Stage) -> Fill | None:
    """Return the fill that this bar's place in the form asks for, drawn by weight."""
    where = place_of(stage)
    fills = [fill for fill in stage.genre.fills if fill.where == where and fill.weight > 0]
    if not fills or where not in stage.section.fills:
        return None
    return stage.dice("fill").choices(fills, [fill.weight for fill in fills])[0]


def place_of(stage: Stage) -> Place | None:
    """Return the place in the form that this bar ends, None where it ends none."""
    plan = stage.request.plan
    if plan.upcoming is not None:
        return "lift" if stage.lifts() else "fall"
    if plan.last_of_phrase:
        return "phrase"
    return "turn" if plan.phrase_bar % TURN_BARS == TURN_BARS - 1 else None


def _fill_notes(stage: Stage, fill: Fill) -> Iterator[Note]:
    for drum, part in fill.parts.items():
        yield from (note for note in _part(stage, drum, part) if note.onset >= fill.start * TICKS_PER_STEP)


def _roll(stage: Stage) -> Iterator[Note]:
    """Yield the rising roll: its stage and its loudness follow the place in the section."""
    if not stage.section.roll or not stage.genre.rolls:
        return
    plan = stage.request.plan
    # a section held past its length rolls again with every phrase
    bar, bars = plan.section_bar, plan.section_bars
    if bar >= bars:
        bar, bars = plan.phrase_bar, plan.phrase_bars
    passed = bar / max(1, bars)
    roll = max((each for each in stage.genre.rolls if each.since <= passed), key=lambda each: each.since, default=None)
    if roll is None:
        return
    for step in playing(stage, thresholds(roll.plays)):
        share = min(1.0, passed + step / STEPS_PER_BAR / max(1, bars))
        yield _hit(stage, roll.drum, step, 0.0, roll.level * (ROLL_FLOOR + (1 - ROLL_FLOOR) * share))


def _crash(stage: Stage) -> Iterator[Note]:
    """Yield the cymbal that marks a section's first bar, and in loud sections each phrase."""
    plan = stage.request.plan
    first = stage.section.crash and plan.section_bar == 0
    phrase = stage.section.loud_phrases and plan.phrase_bar == 0
    if (first or phrase) and CRASH in stage.genre.kit:
        yield _hit(stage, CRASH, 0, 1.0, 1.0)
