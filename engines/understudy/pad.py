"""The pad: chords led from the voicing last heard, with as little movement as they can."""

from engines.genre import PadFigure, accents, thresholds
from engines.note import EMPTY_BAR, Bar, Note
from engines.theory.voicing import lead_voices
from engines.understudy.stage import Stage, playing
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP

WINDOW_STEP = 3  # semitones: the window climbs in minor thirds, or every breath of tension would unsettle the voicing

LEAD = "lead"
ROOM = 17  # semitones that a voicing needs at least: an octave and a fourth, or five voices rub
LEAD_BARS = (
    8  # the pad stays below what the lead played in so many bars: a window that moves with every bar unsettles it
)

Voicing = tuple[int, ...]


def write_pad(stage: Stage) -> list[Note]:
    """Write one bar: only chord tones, every chord change struck, no note past it or past the bar line.

    Tones shared over a change inside the bar are tied where the figure says so.
    """
    figure = stage.genre.pad[stage.figure_name()]
    strikes = _strikes(stage, figure)
    strengths = accents(figure.accents)
    voicing, ceiling = heard_voicing(stage), below_the_lead(stage)
    notes: list[Note] = []
    for tick, until in zip(strikes, [*strikes[1:], TICKS_PER_BAR], strict=True):
        before, voicing = voicing, voicing_at(stage, figure, voicing, tick, ceiling)
        velocity = stage.velocity(tick, strengths[tick // TICKS_PER_STEP])
        tied = figure.tie and figure.gate == 1.0 and tick > 0 and stage.chord(tick) != stage.chord(tick - 1)
        for pitch in voicing:
            if not (tied and pitch in before and extend(notes, pitch, tick, until)):
                notes.append(Note(tick, max(1, round((until - tick) * figure.gate)), pitch, velocity))
    return notes


def _strikes(stage: Stage, figure: PadFigure) -> list[int]:
    """Return the ticks of all strikes: those of the figure, the bar line and every chord change.

    A rewrite strikes on its first step if what sounds there belongs to another chord.
    """
    ticks = {step * TICKS_PER_STEP for step in playing(stage, thresholds(figure.plays))}
    start = stage.request.start
    committed = stage.request.committed.get(stage.voice, Bar()).notes
    step = min(-(-start // TICKS_PER_STEP), STEPS_PER_BAR - 1)
    if any(note.end > start and not stage.chord(start).contains(note.pitch) for note in committed):
        ticks.add(step * TICKS_PER_STEP)
    change = 0
    while change < TICKS_PER_BAR:
        ticks.add(change)
        change = stage.change_after(change)
    return sorted(ticks)


def voicing_at(stage: Stage, figure: PadFigure, before: Voicing, tick: int, ceiling: int = 127) -> Voicing:
    """Return the voicing at a tick: size and window follow tension, the rest follows the voicing before.

    ceiling: MIDI pitch above which it shall not reach: the window gives way below it, as far as the pad's range goes.
    """
    tension = stage.request.plan.tension_at(tick)
    size = round(figure.size[0] + (figure.size[1] - figure.size[0]) * tension)
    rise = stage.style.rise
    up = round(rise * tension / WINDOW_STEP) * WINDOW_STEP
    low = stage.style.low + up
    high = min(stage.style.high - rise + up, ceiling)
    low = max(stage.style.low, min(low, high - ROOM))
    high = max(high, low + ROOM)
    return lead_voices(before, stage.chord(tick), low, high, size)


def below_the_lead(stage: Stage) -> int:
    """Return the pitch above which the lead keeps in most bars, this one included; 127 where it rests."""
    request = stage.request
    bars = [*(heard.bars.get(LEAD, EMPTY_BAR) for heard in request.history), request.written.get(LEAD, EMPTY_BAR)]
    lowest = sorted(min(note.pitch for note in bar.notes) for bar in bars[-LEAD_BARS:] if bar.notes)
    return (lowest[len(lowest) // 2] - 1) // WINDOW_STEP * WINDOW_STEP if lowest else 127


def heard_voicing(stage: Stage) -> Voicing:
    """Return the voicing that sounded last: of the committed part, else of the bar before."""
    request = stage.request
    committed = request.committed.get(stage.voice, Bar()).before(request.start)
    bars = [committed, *(heard.bars.get(stage.voice, Bar()) for heard in request.history[-1:])]
    notes = next((bar.notes for bar in bars if bar.notes), ())
    last = max((note.end for note in notes), default=0)
    return tuple(sorted({note.pitch for note in notes if note.end > last - TICKS_PER_STEP}))


def extend(notes: list[Note], pitch: int, tick: int, until: int) -> bool:
    """Hold the note of this pitch that ends at `tick` until `until`; tell whether there was one."""
    for at, note in enumerate(notes):
        if note.pitch == pitch and note.end == tick:
            notes[at] = Note(note.onset, until - note.onset, pitch, note.velocity)
            return True
    return False
