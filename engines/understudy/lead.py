"""The lead: motifs that return in phrases A A B A, follow the chords, rise with tension and close with a cadence."""

import random

import msgspec

from engines.genre import LeadFigure, accents
from engines.note import Note
from engines.theory.chord import Chord
from engines.theory.scale import chord_scale, ladder_of
from engines.understudy.motif import MOTIF_BARS, Motif, make_motif
from engines.understudy.stage import Stage, lengths, playing
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

CENTRE = 7  # semitones of the motif's middle above the bottom of the register: room for a fifth below
STRONG_STEPS = 8  # in steps: where even a short note is heard as harmony; the other beats may pass
LONG_STEPS = 3  # a note this long is heard as harmony and must be a chord tone
QUARTERS = 4
PICKUP = 14  # steps from here on lead into the next phrase
OCTAVE = 12
REPEAT = 2  # semitones: the price of a note said twice where the tune moves
WIDEST_LEAP = 9  # semitones; sung and played melodies leap farther in 4 % of their moves


def write_lead(stage: Stage) -> list[Note]:
    """Write one bar: in scale, chord tones on the half bars and where notes are long."""
    figure = stage.genre.lead[stage.figure_name()]
    motif = _vary(stage, figure, _motif(stage, figure))
    closing = stage.request.plan.last_of_phrase
    steps = _steps(stage, figure, motif, closing=closing)
    strengths = accents(figure.accents)
    notes: list[Note] = []
    for step, length in zip(steps, lengths(steps, figure.gate, figure.longest), strict=True):
        tick = step * TICKS_PER_STEP
        closes = closing and step == figure.breath
        pitch = _pitch(stage, motif, step, length, notes[-1] if notes else None)
        pitch = cadence(stage, stage.chord(tick), pitch) if closes else pitch
        duration = _held(stage, pitch, tick, _to_next(steps, step) if closes else length)
        notes.append(Note(tick, duration, pitch, stage.velocity(tick, strengths[step])))
    return notes


def _to_next(steps: list[int], step: int) -> int:
    """Return the ticks from one onset to the next or to the bar line: a closing note rings out."""
    return (next((other for other in steps if other > step), STEPS_PER_BAR) - step) * TICKS_PER_STEP


def _steps(stage: Stage, figure: LeadFigure, motif: Motif, *, closing: bool) -> list[int]:
    """Return the steps to play; a phrase closes on the figure's breath, from where only a pick-up leads on."""
    steps = playing(stage, motif.rhythm)
    if not closing:
        return steps
    pickup = [step for step in steps if step >= PICKUP and stage.request.plan.upcoming is None]
    return [*(step for step in steps if step < figure.breath), figure.breath, *pickup]


def _held(stage: Stage, pitch: int, tick: int, length: int) -> int:
    """Return the length of a note, cut where a chord begins that does not have its pitch."""
    change = stage.change_after(tick)
    return length if stage.request.plan.chord_at(change).contains(pitch) else min(length, change - tick)


def _motif(stage: Stage, figure: LeadFigure) -> Motif:
    """Return the bar of the motif that this place in the phrase calls for."""
    plan = stage.request.plan
    quarter_bars = max(1, plan.phrase_bars // QUARTERS)
    letter = figure.form[(plan.phrase_bar // quarter_bars) % QUARTERS]
    motif = make_motif(figure, stage.visit_dice(f"motif {letter}"))
    return motif[(plan.phrase_bar % quarter_bars) % MOTIF_BARS]


def _vary(stage: Stage, figure: LeadFigure, motif: Motif) -> Motif:
    """Change some steps of a motif by `variation`; its first statement in a section stays as it is."""
    plan = stage.request.plan
    if plan.section_bar < MOTIF_BARS or plan.variation <= 0:
        return motif
    dice = stage.dice("vary")
    contour, rhythm = list(motif.contour), list(motif.rhythm)
    for step in range(STEPS_PER_BAR):
        bone = motif.rhythm[step] <= figure.skeleton / 10
        if dice.random() < plan.variation * (0.2 if bone else 0.5):
            contour[step] += dice.choice((-2, -1, 1, 2))
        if dice.random() < plan.variation * 0.3 and not bone:
            # the elaborating notes trade places of entry: another figure at the same tension
            rhythm[step] = _shuffled(rhythm[step], dice)
    return msgspec.structs.replace(motif, contour=tuple(contour), rhythm=tuple(rhythm))


def _shuffled(threshold: float, dice: random.Random) -> float:
    return threshold + dice.choice((-0.2, 0.2)) if threshold <= 1 else threshold


def _pitch(stage: Stage, motif: Motif, step: int, length: int, before: Note | None) -> int:
    """Return the pitch of a step: the contour's height over the anchor, the chord tone nearest the middle.

    On the half bar and in long notes it is the nearest chord tone, where the contour moves rather another than
    the note before. Leaps wider than a sixth are folded.
    """
    plan = stage.request.plan
    chord = stage.chord(step * TICKS_PER_STEP)
    tones = chord.tones(stage.style.low, stage.style.high)
    ladder = ladder_of(chord_scale(chord, plan.key), stage.style.low, stage.style.high)
    anchor = ladder.index(_nearest(tones, stage.register(plan.mean_tension) + CENTRE))
    pitch = ladder[max(0, min(anchor + motif.contour[step], len(ladder) - 1))]
    moves = before is not None and motif.contour[step] != motif.contour[before.onset // TICKS_PER_STEP]
    if step % STRONG_STEPS == 0 or length >= LONG_STEPS * TICKS_PER_STEP:
        pitch = _nearest(tones, pitch, before.pitch if before and moves else None)
    return _fold(stage, pitch, before.pitch) if before else pitch


def cadence(stage: Stage, chord: Chord, pitch: int) -> int:
    """Return the closing note nearest `pitch`: the tonic if the chord has it, else the chord's root."""
    tonic = stage.request.plan.key.tonic
    home = tonic if chord.contains(tonic) else chord.root
    return _nearest(ladder_of(frozenset({home}), stage.style.low, stage.style.high), pitch)


def _fold(stage: Stage, pitch: int, before: int) -> int:
    """Return the pitch, or its octave nearer to the note before where the leap is wider than a sixth."""
    folded = pitch + (OCTAVE if before > pitch else -OCTAVE)
    wide = abs(pitch - before) > WIDEST_LEAP and abs(folded - before) < abs(pitch - before)
    return folded if wide and stage.style.low <= folded <= stage.style.high else pitch


def _nearest(pitches: tuple[int, ...], wanted: int, unlike: int | None = None) -> int:
    """Return the pitch nearest to `wanted`; repeating `unlike` costs as much as another third."""
    return min(pitches, key=lambda pitch: (abs(pitch - wanted) + REPEAT * (pitch == unlike), pitch))
