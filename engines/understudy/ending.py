"""The ending: the last bar of the music is one stroke on its downbeat, which rings; nothing leads on.

Law: no note after the stroke but where a chord that was told changes under it, none past the bar line.
"""

from engines.note import EMPTY_BAR, Note
from engines.understudy.bass import root
from engines.understudy.drums import CRASH
from engines.understudy.lead import CENTRE, cadence
from engines.understudy.pad import below_the_lead, heard_voicing, voicing_at
from engines.understudy.stage import Stage
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP

ACCENT = 1.0  # the last stroke bears a full one


def write_ending(stage: Stage) -> list[Note]:
    """Write the last bar: drums strike once, lead, bass and pad hold the chord, the arpeggio is silent."""
    if stage.voice == "arp":
        return []
    if stage.voice == "drums":
        return _strokes(stage)
    notes: list[Note] = []
    for tick in _strikes(stage):
        length = min(_ring(stage), stage.change_after(tick) - tick)
        notes += [Note(tick, length, pitch, stage.velocity(tick, ACCENT)) for pitch in _pitches(stage, tick)]
    return notes


def _ring(stage: Stage) -> int:
    """Return for how many ticks a voice rings."""
    steps: int = getattr(stage.genre.ending, stage.voice)
    return steps * TICKS_PER_STEP


def _strokes(stage: Stage) -> list[Note]:
    groove = stage.genre.grooves[stage.figure_name()]
    return [
        Note(0, _ring(stage), stage.genre.kit[drum], stage.velocity(0, ACCENT, level))
        for drum, level in stage.genre.ending.strokes.items()
        if drum == CRASH or drum in groove
    ]


def _strikes(stage: Stage) -> list[int]:
    """Return the ticks at which the chord is struck: the downbeat and every change of the chord.

    A rewrite strikes where it begins if nothing was played, or if what still rings there belongs to another chord.
    """
    start, first = stage.request.start, 0
    if start:
        first = -(-start // TICKS_PER_STEP) * TICKS_PER_STEP
        sounded = stage.request.committed.get(stage.voice, EMPTY_BAR).notes
        strange = any(note.end > start and not stage.chord(start).contains(note.pitch) for note in sounded)
        first = first if strange or not sounded else stage.change_after(start)
    ticks = []
    while first < TICKS_PER_BAR:
        ticks.append(first)
        first = stage.change_after(first)
    return ticks


def _pitches(stage: Stage, tick: int) -> tuple[int, ...]:
    """Return what a voice holds of the chord at a tick."""
    match stage.voice:
        case "bass":
            return (root(stage, stage.chord(tick)),)
        case "pad":
            figure = stage.genre.pad[stage.figure_name()]
            return voicing_at(stage, figure, heard_voicing(stage), tick, below_the_lead(stage))
        case _:
            return (cadence(stage, stage.chord(tick), _last(stage)),)


def _last(stage: Stage) -> int:
    """Return the pitch that a voice played last, or the middle of its register."""
    request = stage.request
    bars = [heard.bars.get(stage.voice, EMPTY_BAR) for heard in request.history]
    bars.append(request.committed.get(stage.voice, EMPTY_BAR))
    found = [bar.notes[-1].pitch for bar in bars if bar.notes]
    return found[-1] if found else stage.register(request.plan.mean_tension) + CENTRE
