"""From cells to notes: lengths and accents as the genre has them, dynamics around the wished level, pads voiced."""

import numpy as np

from engines.codec.accompaniment import pitches, settle
from engines.codec.grid import bin_velocity
from engines.codec.lead import HOLD, PITCHES
from engines.genre import PadFigure, accents
from engines.neural.accompanimentframe import AccompanimentDecoding
from engines.note import Note
from engines.understudy.pad import extend, heard_voicing, voicing_at
from engines.understudy.stage import Stage
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP

Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Onset = tuple[int, int, int]
"""(step, steps until it ends, pitch token)."""


def notes_of(stage: Stage, tokens: Ints, bins: Ints, numbers: AccompanimentDecoding) -> list[Note]:
    """Return the notes of a voice that begin at or after the request's start; tokens, bins int64 [16].

    Of the network's own dynamics `accent` is heard around the level that the wishes ask for.
    """
    first = -(-stage.request.start // TICKS_PER_STEP)
    onsets = [onset for onset in _onsets(settle(tokens)) if onset[0] >= first]
    loud = _velocities(stage, onsets, bins, numbers.accent)
    return _pad(stage, onsets, loud, numbers.room_pad) if stage.voice == "pad" else _line(stage, onsets, loud)


def _onsets(tokens: Ints) -> list[Onset]:
    found = []
    for step in np.flatnonzero(tokens < PITCHES).tolist():
        end = step + 1
        while end < STEPS_PER_BAR and tokens[end] == HOLD:
            end += 1
        found.append((step, end, int(tokens[step])))
    return found


def _velocities(stage: Stage, onsets: list[Onset], bins: Ints, accent: float) -> dict[int, int]:
    """Return the velocity at each onset: mean and accents are the wish's and the genre's, the rest is learned."""
    learned = {step: bin_velocity(int(bins[step])) for step, _, _ in onsets}
    mean = sum(learned.values()) / max(1, len(learned))
    strengths = accents(stage.genre.figures(stage.voice)[stage.figure_name()].accents)  # type: ignore[attr-defined]
    found = {}
    for step, value in learned.items():
        wished = stage.velocity(step * TICKS_PER_STEP, strengths[step])
        found[step] = max(1, min(127, round(wished + accent * (value - mean))))
    return found


def _line(stage: Stage, onsets: list[Onset], loud: dict[int, int]) -> list[Note]:
    """Return single notes; none rings into a chord that it does not belong to."""
    midi = pitches(stage.voice, stage.request.plan.key.relative_major)
    gate = stage.genre.figures(stage.voice)[stage.figure_name()].gate  # type: ignore[attr-defined]
    notes = []
    for step, end, token in onsets:
        tick, pitch = step * TICKS_PER_STEP, int(midi[token])
        until, change = end * TICKS_PER_STEP, stage.change_after(tick)
        if change < until and not stage.chord(change).contains(pitch):
            until = change
        notes.append(Note(tick, max(1, round((until - tick) * gate)), pitch, loud[step]))
    return notes


def _pad(stage: Stage, onsets: list[Onset], loud: dict[int, int], room: float) -> list[Note]:
    """Return chords led from the one before, under the top note that was chosen; room: semitones they keep at least."""
    midi = pitches("pad", stage.request.plan.key.relative_major)
    figure = stage.genre.figures("pad")[stage.figure_name()]
    assert isinstance(figure, PadFigure)
    voicing, notes = heard_voicing(stage), list[Note]()
    for step, end, token in onsets:
        tick, until = step * TICKS_PER_STEP, min(end * TICKS_PER_STEP, TICKS_PER_BAR)
        lowest = stage.register(stage.request.plan.tension_at(tick))
        before, voicing = voicing, voicing_at(stage, figure, voicing, tick, max(int(midi[token]), lowest + int(room)))
        tied = figure.tie and figure.gate == 1.0 and tick > 0 and stage.chord(tick) != stage.chord(tick - 1)
        for pitch in voicing:
            if not (tied and pitch in before and extend(notes, pitch, tick, until)):
                notes.append(Note(tick, max(1, round((until - tick) * figure.gate)), pitch, loud[step]))
    return notes
