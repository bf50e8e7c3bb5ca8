"""What comes back in chords: the place of a theme or a loop that a phrase returns to, and how closely."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from engines.codec.grid import PHRASE_BARS
from engines.codec.harmony import Change
from engines.neural.idiom import FAMILY
from engines.neural.steering import LENGTHS, Frame, Mask, beats_at, held
from engines.units import BEATS_PER_BAR

Changes = Sequence[Change]
PHRASE_BEATS: Final = PHRASE_BARS * BEATS_PER_BAR
LEAST: Final = 2.0
"""Beats of the shortest chord that is written."""


class Model(NamedTuple):
    """What sounded at the same place before: its chord, the beats for which it still does, whether it comes back."""

    token: int
    beats: float
    returns: bool


def stays(frame: Frame, model: Model | None, last: int | None, onset: float, dice: np.random.Generator) -> float:
    """Return for how many beats the chord before goes on: as the model did, else as the genre has it by chance."""
    if last is None:
        return 0.0
    if model is not None and model.returns:
        same = FAMILY[model.token] == FAMILY[last]
        return max(LEAST, min(model.beats, frame.until(onset) - onset) // LEAST * LEAST) if same else 0.0
    if model is not None:  # an answer differs
        return 0.0
    chances = held(frame, last, onset)
    mark = dice.random()
    return float(LENGTHS[int((chances.cumsum() <= mark).sum())]) if mark < chances.sum() else 0.0


def following(open_: Mask, model: Model | None, frame: Frame, onset: float) -> Mask:
    """Narrow what may stand here to the model's chord, whatever it wears, where it returns; else to others."""
    if model is None:
        return open_
    same = (FAMILY[model.token] == FAMILY)[:, None]
    if model.returns:
        fits = beats_at(frame, onset) & (max(LEAST, model.beats) >= LENGTHS)
        same = same & (LENGTHS[fits].max(initial=0) == LENGTHS)[None, :]
    found = open_ & same if model.returns else open_ & ~same
    return found if found.any() else open_


def at(changes: Changes, beat: float) -> tuple[int, float] | None:
    """Return the chord that sounds at a beat and for how many beats it still does."""
    found = next((change for change in reversed(changes) if change.onset <= beat), None)
    if found is None or found.onset + found.beats <= beat:
        return None
    return found.token, found.onset + found.beats - beat


def kept(theme: Changes, heard: Changes, frame: Frame) -> bool:
    """Whether the section so far, at most its last phrase, was mostly its theme: then that goes on."""
    beats = [frame.begin - back - 1 for back in range(min(PHRASE_BARS, frame.request.section_bar) * BEATS_PER_BAR)]
    same = 0
    for beat in beats:
        then, now = at(theme, (beat - frame.start) % PHRASE_BEATS), at(heard, beat)
        same += then is not None and now is not None and bool(FAMILY[then[0]] == FAMILY[now[0]])
    return 2 * same > len(beats) or not beats
