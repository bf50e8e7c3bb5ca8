"""Tension curves: what was asked bar by bar, and what each player made of it."""

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from engines.measure.rank import spearman
from training.judge.page_svg import drawing, scale, tag
from training.judge.result import Excerpt

BAR, HEIGHT, LEFT, TOP, BOTTOM = 46.0, 132.0, 22.0, 8.0, 16.0


def obeyed(excerpt: Excerpt) -> float | None:
    """Return the rank correlation of asked and realised tension; None where there is nothing to correlate."""
    if len(excerpt.realised) != len(excerpt.tension) or len(excerpt.tension) < 2:
        return None
    return spearman(excerpt.tension, excerpt.realised)


def curves(asked: Sequence[float], players: Mapping[str, Sequence[float]], blueprint: str) -> Markup:
    """Draw the asked tension as steps, and each player's as a line of its own dash. players: by class name."""
    bars = max(1, len(asked), *(len(each) for each in players.values()))
    width = LEFT + bars * BAR + 4
    y = scale(0, 1, HEIGHT - BOTTOM, TOP)
    steps = f"M{LEFT:g} {y(0):.1f}" + "".join(f"V{y(value):.1f}h{BAR:g}" for value in asked) + f"V{y(0):.1f}z"
    inside = [
        tag("path", d=steps, class_="asked"),
        tag("path", d=f"M{LEFT:g} {y(1):.1f}V{y(0):.1f}H{width:g}", class_="axis"),
        *(tag("text", f"{mark}", x=LEFT - 4, y=y(mark) + 4, class_="mark end") for mark in (0, 1)),
        *(tag("text", f"{n + 1}", x=_x(n), y=HEIGHT - 3, class_="mark middle") for n in range(bars)),
        *(_line(values, who, y) for who, values in players.items()),
    ]
    title = f"Tension over {blueprint}, asked and realised, by bar; the table below holds the values"
    return drawing(title, width, HEIGHT, inside, "curve")


def _line(values: Sequence[float], who: str, y: Callable[[float], float]) -> Markup:
    points = " ".join(f"{_x(n):.1f},{y(min(1.0, max(0.0, value))):.1f}" for n, value in enumerate(values))
    return tag("polyline", tag("title", who), points=points, class_=f"line {who}")


def _x(bar: int) -> float:
    return LEFT + (bar + 0.5) * BAR
