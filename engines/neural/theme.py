"""Themes: the lead's first phrase in a section, which comes back with every phrase and every visit.

A network of notes knows what is near and likely, not what it played a minute ago; a hook is what returns.
"""

from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engines.expert import Request
from engines.note import EMPTY_BAR, Note
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP

VOICE: Final = "lead"
NEAR: Final = 0.2
"""Tension by which a bar may differ from the theme's and still be it: a third of an octave of register."""


def returning(request: Request, velocity: NDArray[np.float32]) -> tuple[Note, ...] | None:
    """Return the theme's bar as it comes back, None where something new is to be written.

    It comes back as often as variation leaves it, over its own chords, at its own tension, and never within a bar that
    has begun or into a note that still rings. velocity [16]: as wished by step; the theme's accents stay on top of it.
    """
    theme, plan = request.theme, request.plan
    notes = theme.bars.get(VOICE, EMPTY_BAR).notes if theme is not None else ()
    if theme is None or not notes or request.start > 0 or notes[0].onset < _ringing(request):
        return None
    then = theme.plan
    same = (then.chords, then.key, then.density.get(VOICE)) == (plan.chords, plan.key, plan.density.get(VOICE))
    if not same or abs(then.mean_tension - plan.mean_tension) > NEAR:
        return None
    if np.random.default_rng((request.seed, 2)).random() < plan.variation:
        return None
    mean = sum(note.velocity for note in notes) / len(notes)
    whole = plan.upcoming is None and plan.next_chord == then.next_chord  # else nothing rings over the bar line
    return tuple(_struck(note, mean, velocity, whole=whole) for note in notes)


def _ringing(request: Request) -> int:
    """Return for how many ticks a note of the bar before still sounds."""
    before = request.history[-1] if request.history else None
    if before is None or before.plan.index != request.plan.index - 1:
        return 0
    return max((note.end - TICKS_PER_BAR for note in before.bars.get(VOICE, EMPTY_BAR).notes), default=0)


def _struck(note: Note, mean: float, velocity: NDArray[np.float32], *, whole: bool) -> Note:
    step = min(STEPS_PER_BAR - 1, note.onset // TICKS_PER_STEP)
    loud = max(1, min(127, round(float(velocity[step]) + note.velocity - mean)))
    return replace(
        note, velocity=loud, duration=note.duration if whole else min(note.duration, TICKS_PER_BAR - note.onset)
    )
