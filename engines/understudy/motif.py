"""Motifs: a rhythm and a contour, made from the dice of a section visit alone, so that they return unchanged.

The bones of a motif (low thresholds) walk over scale steps; the other steps of its rhythm elaborate between
them. More tension lets elaboration in, yet the bones, and with them the tune, stay.
"""

import random

import msgspec

from engines.genre import LeadFigure, thresholds
from engines.units import STEPS_PER_BAR

MOTIF_BARS = 2


class Motif(msgspec.Struct, frozen=True):
    """One bar of a motif: its rhythm (thresholds per step) and its contour (scale steps from the anchor, per step)."""

    rhythm: tuple[float, ...]
    contour: tuple[int, ...]


def make_motif(figure: LeadFigure, dice: random.Random) -> tuple[Motif, Motif]:
    """Make the two bars of a motif; a second bar in the same rhythm is a sequence of the first with a new ending."""
    first = second = thresholds(dice.choice(figure.cells))
    opening = _contour(figure, first, 0, dice)
    if dice.random() < figure.same:
        bones = _bones(figure, first)
        turn = bones[len(bones) // 2]
        answer = (*opening[:turn], *_contour(figure, first, opening[turn], dice)[turn:])
    else:
        second = thresholds(dice.choice(figure.cells))
        answer = _contour(figure, second, opening[-1], dice)
    # the middle of the tune, not its first note, lies in the middle of the register
    middle = round(sum(opening + answer) / (2 * STEPS_PER_BAR))
    return _centred(first, opening, middle), _centred(second, answer, middle)


def _centred(rhythm: tuple[float, ...], contour: tuple[int, ...], middle: int) -> Motif:
    return Motif(rhythm, tuple(height - middle for height in contour))


def _bones(figure: LeadFigure, rhythm: tuple[float, ...]) -> list[int]:
    return [step for step in range(STEPS_PER_BAR) if rhythm[step] <= figure.skeleton / 10] or [0]


def _contour(figure: LeadFigure, rhythm: tuple[float, ...], start: int, dice: random.Random) -> tuple[int, ...]:
    """Walk the bones from `start` and fill the steps between them."""
    bones = _bones(figure, rhythm)
    heights = [start]
    for _ in bones[1:]:
        heights.append(_move(figure, heights[-1], dice))
    contour = []
    for step in range(STEPS_PER_BAR):
        at = sum(bone <= step for bone in bones) - 1
        here, there = heights[max(at, 0)], heights[min(at + 1, len(heights) - 1)]
        contour.append(here if step in bones else _between(here, there, dice))
    return tuple(contour)


def _move(figure: LeadFigure, height: int, dice: random.Random) -> int:
    """Return the next height of the walk: the farther from the middle, the likelier the way back."""
    size = dice.choices(range(len(figure.moves)), figure.moves)[0]
    back = 0.5 + 0.5 * min(1.0, abs(height) / figure.span)
    inward = -1 if height > 0 else 1
    way = inward if dice.random() < back else -inward
    return max(-figure.span, min(figure.span, height + way * size))


def _between(here: int, there: int, dice: random.Random) -> int:
    """Return a passing step on the way, or a neighbour where there is no way between."""
    if abs(here - there) >= 2:
        return (here + there) // 2
    return here + dice.choice((-1, 1))
