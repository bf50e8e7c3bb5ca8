"""The bass: figures of roots, octaves and fifths, locked to the chord and to its slash bass."""

from engines.genre import BassFigure, accents, thresholds
from engines.genre.grid import tones
from engines.note import Note
from engines.theory.chord import Chord
from engines.understudy.stage import Stage, lengths, playing
from engines.units import STEPS_PER_BEAT, TICKS_PER_STEP

OCTAVE = 12


def write_bass(stage: Stage) -> list[Note]:
    """Write one bar; on the beats only chord tones, no note across a chord change."""
    figure = stage.genre.bass[stage.figure_name()]
    letters = tones(figure.line)
    steps = [step for step in playing(stage, thresholds(figure.plays)) if letters[step] != "."]
    strengths = accents(figure.accents)
    notes = []
    for step, length in zip(steps, lengths(steps, figure.gate, figure.longest), strict=True):
        tick = step * TICKS_PER_STEP
        pitch = _lift(stage, figure, step, _pitch(stage, letters[step], step))
        duration = min(length, stage.change_after(tick) - tick)
        notes.append(Note(tick, duration, pitch, stage.velocity(tick, strengths[step])))
    return notes


def _pitch(stage: Stage, letter: str, step: int) -> int:
    chord = stage.chord(step * TICKS_PER_STEP)
    if letter == "A" and step % STEPS_PER_BEAT:
        return _approach(stage, step)
    if letter == "O":
        return root(stage, chord) + OCTAVE
    if letter in "FT":
        return _above(stage, chord, {"F": (7, 6, 8), "T": (3, 4)}[letter])
    return root(stage, chord)


def root(stage: Stage, chord: Chord) -> int:
    """Return the chord's bass in the lowest octave of the range."""
    low = stage.register(0.0)
    return low + (chord.bass - low) % OCTAVE


def _above(stage: Stage, chord: Chord, intervals: tuple[int, ...]) -> int:
    """Return the first of these intervals over the chord's root that is a chord tone, above the bass note."""
    bottom = root(stage, chord)
    found = (chord.root + interval for interval in intervals if chord.contains(chord.root + interval))
    return bottom + (next(found, chord.bass) - bottom) % OCTAVE


def _approach(stage: Stage, step: int) -> int:
    """Return the scale tone next to the coming root, on the side of the present one; without a change the root."""
    plan = stage.request.plan
    tick = step * TICKS_PER_STEP
    here, there = root(stage, stage.chord(tick)), root(stage, plan.chord_at(stage.change_after(tick)))
    if here == there:
        return here
    way = -1 if here < there else 1
    return next(there + way * gap for gap in (2, 1, 3) if gap == 3 or plan.key.contains(there + way * gap))


def _lift(stage: Stage, figure: BassFigure, step: int, pitch: int) -> int:
    tension = stage.request.plan.tension_at(step * TICKS_PER_STEP)
    lifted = pitch + OCTAVE if thresholds(figure.lift)[step] <= tension else pitch
    return lifted if lifted <= stage.style.high else max(stage.style.low, lifted - OCTAVE)
