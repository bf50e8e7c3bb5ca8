"""The arpeggio: an order of steps on the ladder of chord tones, which grows with tension."""

from engines.genre import ArpFigure, accents, thresholds
from engines.note import Note
from engines.understudy.stage import Stage, lengths, playing
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_STEP

OCTAVE = 12


def write_arp(stage: Stage) -> list[Note]:
    """Write one bar; the order runs on the grid, not on the notes, so rests do not shift it."""
    figure = stage.genre.arp[stage.figure_name()]
    steps = playing(stage, thresholds(figure.plays))
    strengths = accents(figure.accents)
    notes = []
    for step, length in zip(steps, lengths(steps, figure.gate, figure.longest), strict=True):
        tick = step * TICKS_PER_STEP
        ladder = _ladder(stage, figure, tick)
        pitch = ladder[_index(figure, _position(stage, figure, step), len(ladder))]
        notes.append(Note(tick, length, pitch, stage.velocity(tick, strengths[step])))
    return notes


def _ladder(stage: Stage, figure: ArpFigure, tick: int) -> tuple[int, ...]:
    """Return the chord tones of the window at a tick, at least one."""
    tension = stage.request.plan.tension_at(tick)
    low = min(stage.register(tension), stage.style.high - OCTAVE)
    octaves = figure.octaves[0] + (figure.octaves[1] - figure.octaves[0]) * tension
    return stage.chord(tick).tones(low, min(low + round(OCTAVE * octaves), stage.style.high))


def _position(stage: Stage, figure: ArpFigure, step: int) -> int:
    if figure.restart == "beat":
        return step % STEPS_PER_BEAT
    return step + (STEPS_PER_BAR * stage.request.plan.phrase_bar if figure.restart == "phrase" else 0)


def _index(figure: ArpFigure, position: int, size: int) -> int:
    """Return the place 0..size - 1 on a ladder at a position of the order."""
    if figure.order == "figure":
        return figure.figure[position % len(figure.figure)] % size
    if figure.order in {"up", "down"}:
        place = position % size
        return place if figure.order == "up" else size - 1 - place
    cycle = max(1, 2 * size - 2)
    place = position % cycle
    place = min(place, cycle - place) if size > 1 else 0
    return place if figure.order == "updown" else size - 1 - place
