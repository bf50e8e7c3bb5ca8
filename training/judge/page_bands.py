"""Bands and intervals as small drawings: where players stand in real music, and how sure a difference is."""

from markupsafe import Markup

from training.judge.page_svg import drawing, number, scale, tag
from training.judge.result import LEARNED, UNDERSTUDY, Band, Comparison

WIDTH, HEIGHT, EDGE = 240.0, 34.0, 10.0
MIDDLE = HEIGHT / 2


def place(band: Band, who: str) -> str:
    """Return where a player's mean lies: within the real p25-p75, p10-p90, below or above."""
    value = band.means.get(who)
    if value is None:
        return ""
    low, first, _, third, high = band.real
    if first <= value <= third:
        return "p25-p75"
    if low <= value <= high:
        return "p10-p90"
    return "below" if value < low else "above"


def band_plot(band: Band) -> Markup:
    """Draw the real band as a box with whiskers, and each player's mean as its own shape."""
    values = [*band.real, *(band.means[who] for who in (LEARNED, UNDERSTUDY) if who in band.means)]
    x = scale(min(values), max(values), EDGE, WIDTH - EDGE)
    low, first, middle, third, high = (x(mark) for mark in band.real)
    shapes = [
        tag("path", d=f"M{low:.1f} {MIDDLE}H{high:.1f}M{low:.1f} 11v12M{high:.1f} 11v12", class_="whisker"),
        tag("rect", x=first, y=8, width=max(1.0, third - first), height=18, class_="box"),
        tag("path", d=f"M{middle:.1f} 8v18", class_="median"),
    ]
    if LEARNED in band.means:
        shapes.append(tag("circle", cx=x(band.means[LEARNED]), cy=MIDDLE, r=5.5, class_="learned"))
    if UNDERSTUDY in band.means:
        at = x(band.means[UNDERSTUDY])
        shapes.append(tag("path", d=f"M{at:.1f} {MIDDLE - 6.5}l6.5 6.5l-6.5 6.5l-6.5 -6.5z", class_="understudy"))
    return drawing(_told(band), WIDTH, HEIGHT, shapes, "band")


def _told(band: Band) -> str:
    low, _, middle, _, high = band.real
    players = (
        f"{word} {number(band.means[who])} ({place(band, who)})"
        for who, word in ((LEARNED, "learned"), (UNDERSTUDY, "rules"))
        if who in band.means
    )
    real = f"{band.voice} {band.feature}: real {number(low)} to {number(high)}, median {number(middle)}"
    return "; ".join((real, *players))


def interval_plot(test: Comparison) -> Markup:
    """Draw a difference with its 95 % interval around nought, as wide as there is room: units differ by row."""
    reach = max(abs(end) for end in (test.low, test.high, test.difference)) or 1.0
    x = scale(-reach, reach, EDGE, WIDTH - EDGE)
    shapes = (
        tag("path", d=f"M{x(0):.1f} 3v28", class_="nought"),
        tag(
            "path",
            d=f"M{x(test.low):.1f} {MIDDLE}H{x(test.high):.1f}M{x(test.low):.1f} 12v10M{x(test.high):.1f} 12v10",
            class_="whisker",
        ),
        tag("circle", cx=x(test.difference), cy=MIDDLE, r=5, class_="learned"),
    )
    title = f"{test.voice} {test.feature}: difference {number(test.difference)}"
    return drawing(f"{title}, 95 % interval {number(test.low)} to {number(test.high)}", WIDTH, HEIGHT, shapes, "band")
