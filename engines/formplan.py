"""Whole forms, offline: a form expert drafts some, each is repaired to the wished length, the least changed one stays.

Law: the sections' bars add up to the wish; every section but the last is whole phrases long; the genre allows every
section after the one before it. Where there is room for a whole form the piece begins with the genre's first section
and closes; a shorter one is no form cut off but the genre's best part, with what leads to it. Where there is more room
still, the first wish is that the piece rises to its height out of a quiet section, and from 12 phrases on twice.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from engines.codec.form import phrases_of
from engines.form import FormExpert, Visit, ask, closes, drawn
from engines.genre import Genre
from engines.seed import mix
from engines.understudy.form import RuleForm

DRAFTS: Final = 8  # of each length
STRETCHES: Final = (1.0, 1.5, 2.0)
"""Lengths of drafts, in wishes: at the length that a genre draws its sections a short piece rises only once."""
PEAK_PHRASES: Final = 6
"""Phrases of a piece that has one height; from twice as many on it has two. convention: 96 bars have two drops."""
MOST_PEAKS: Final = 2  # more are the expert's to wish for
SLACK: Final = 1.0  # octaves of length by which one form may be changed more than another and still be as good
HEIGHT_KEPT: Final = 2.0  # an octave off the section of most energy costs so much more than off one of none
LEFT_OUT: Final = 2.0  # and leaving a section out so much more than the octaves down to half a phrase
MAX_VISITS: Final = 64  # of a draft, even if the genre has no section that closes

Floats = NDArray[np.float64]


def plan_form(
    genre: Genre, bars: int | None = None, seed: int = 0, expert: FormExpert | None = None
) -> tuple[Visit, ...]:
    """Return the sections of a whole piece of so many bars, None = as many as the expert likes; expert None: the rules.

    Raises ValueError below 1 bar, and what the expert raises.
    """
    if bars is not None and bars < 1:
        raise ValueError(f"bars {bars}: a piece has 1 bar at least")
    player = expert or RuleForm()
    if bars is not None and bars // genre.phrase_bars < fewest_phrases(genre):
        return best_part(genre, bars)
    if bars is None:
        return draft(genre, player, None, mix(seed, "form"))
    found: list[tuple[int, float, tuple[Visit, ...]]] = []
    for stretch in STRETCHES:
        total = round(stretch * bars)
        drafts = (draft(genre, player, total, mix(seed, "form", total, number)) for number in range(DRAFTS))
        for cost, visits in (repair(genre, each, bars) for each in drafts):
            found.append((_missing(genre, visits, bars), cost, visits))
        if any(missing == 0 for missing, _, _ in found):
            break
    missing, least, _ = min(found, key=lambda each: each[:2])
    return next(visits for lacks, cost, visits in found if lacks == missing and cost <= least + SLACK)


def _missing(genre: Genre, visits: Sequence[Visit], bars: int) -> int:
    """Return how many heights a piece of so many bars lacks."""
    return max(0, min(MOST_PEAKS, bars // genre.phrase_bars // PEAK_PHRASES) - peaks(genre, visits))


def peaks(genre: Genre, visits: Sequence[Visit]) -> int:
    """Return how often a piece rises to the genre's section of most energy out of a quiet one (the least but open)."""
    inner = {name: each.energy for name, each in genre.sections.items() if not closes(name) and name != genre.first}
    low, high = min(inner.values()), max(inner.values())
    count, quiet = 0, False
    for visit in visits:
        energy = inner.get(visit.section)
        count += quiet and energy == high
        quiet = energy == low or (quiet and energy != high)
    return count


def draft(genre: Genre, expert: FormExpert, total: int | None, seed: int) -> tuple[Visit, ...]:
    """Return the expert's own form: it closes where it likes, or, with a total, when that is near."""
    ways = steps_to_close(genre)
    past: tuple[Visit, ...] = ()
    while len(past) < MAX_VISITS and not (past and closes(past[-1].section)):
        done = sum(visit.bars for visit in past)
        only = _open(genre, ways, past, done, total)
        past += (expert.choose(ask(genre, past, total=total, seed=mix(seed, len(past)), only=only)),)
    return past


def _open(genre: Genre, ways: dict[str, int], past: Sequence[Visit], done: int, total: int | None) -> frozenset[str]:
    """Return the sections to choose among: such as go on while there is room, such as lead home afterwards."""
    if total is None or not past:
        return frozenset()
    here = past[-1].section
    home = frozenset(name for name in genre.sections if ways.get(name, math.inf) < ways.get(here, math.inf))
    ending = sum(section.bars for name, section in genre.sections.items() if closes(name))
    return home if done + ending >= total else frozenset(name for name in genre.sections if not closes(name))


def steps_to_close(genre: Genre) -> dict[str, int]:
    """Return per section how many sections later a closing one can come at the earliest; none: not in it."""
    ways = {name: 0 for name in genre.sections if closes(name)}
    for steps in range(1, len(genre.sections)):
        for name, section in genre.sections.items():
            leads = any(weight > 0 and ways.get(next_, steps) == steps - 1 for next_, weight in section.follows.items())
            if name not in ways and leads:
                ways[name] = steps
    return ways


def fewest_phrases(genre: Genre) -> int:
    """Return how many phrases a whole form needs: one for each section from the first to a closing one."""
    return steps_to_close(genre).get(genre.first, 0) + 1


def best_part(genre: Genre, bars: int) -> tuple[Visit, ...]:
    """Return a piece too short for a whole form: the section of most energy, after a phrase of what leads there.

    That is what rises to the most tension of all that the genre lets it follow; where two phrases are too long for
    the wish, nothing leads.
    """
    peak = max(genre.sections, key=lambda name: genre.sections[name].energy)
    leading = {name: each.tension[1] for name, each in genre.sections.items() if each.follows.get(peak, 0) > 0}
    leading.pop(peak, None)
    if bars < 2 * genre.phrase_bars or not leading:
        return (replace(drawn(genre, peak), bars=bars),)
    first = replace(drawn(genre, max(leading, key=lambda name: leading[name])), bars=genre.phrase_bars)
    return first, replace(drawn(genre, peak), bars=bars - genre.phrase_bars)


def repair(genre: Genre, visits: Sequence[Visit], bars: int) -> tuple[float, tuple[Visit, ...]]:
    """Return what it costs to make a draft `bars` long (a phrase at least), in octaves of length, and the form.

    A length costs the octaves it is changed by, more where energy is cut; a section left out costs twice those down to
    half a phrase. What is no whole phrase of the wish goes to the last section.
    """
    wished, rest = divmod(bars, genre.phrase_bars)
    sizes = [phrases_of(visit.bars, genre.phrase_bars) for visit in visits]
    gone = np.concatenate([[0.0], np.cumsum(LEFT_OUT * (1 + np.log2(sizes)))])  # [n + 1] of leaving out what is before
    costs: list[Floats] = []
    origins: list[NDArray[np.int64]] = []
    for place in range(len(visits)):
        into, origin = _arrive(genre, visits, place, costs, gone, wished)
        cost, size = _lengths(into, sizes[place], wished, 1 + (HEIGHT_KEPT - 1) * visits[place].energy)
        costs.append(cost)
        origins.append(np.stack([origin[np.arange(wished + 1) - size], size]))
    ends = [float(cost[wished] + gone[-1] - gone[place + 1]) for place, cost in enumerate(costs)]
    closing = [place for place, visit in enumerate(visits) if closes(visit.section) and math.isfinite(ends[place])]
    last = min(closing or range(len(ends)), key=lambda place: ends[place])
    path = reversed(_path(origins, last, wished))
    kept = [replace(visits[place], bars=phrases * genre.phrase_bars) for place, phrases in path]
    return ends[last], (*kept[:-1], replace(kept[-1], bars=kept[-1].bars + rest))


def _path(origins: Sequence[NDArray[np.int64]], last: int, wished: int) -> list[tuple[int, int]]:
    """Return (visit, phrases) from the last one back."""
    place, at, path = last, wished, []
    while place >= 0:
        before, phrases = origins[place][:, at].tolist()
        path.append((place, phrases))
        place, at = before, at - phrases
    return path


def _arrive(  # noqa: PLR0917
    genre: Genre, visits: Sequence[Visit], place: int, costs: list[Floats], gone: Floats, wished: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Return per phrases used before a visit the least cost, and which visit came before it (-1: it is the first)."""
    into, origin = np.full(wished + 1, np.inf), np.full(wished + 1, -1)
    if place == 0 or visits[place].section == genre.first:
        into[0] = gone[place]
    for before in range(place):
        if genre.sections[visits[before].section].follows.get(visits[place].section, 0) > 0:
            cost = costs[before] + gone[place] - gone[before + 1]
            origin[cost < into] = before
            into = np.minimum(into, cost)
    return into, origin


def _lengths(into: Floats, nominal: int, wished: int, kept: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return per phrases used after a visit the least cost, and its length in phrases; kept: price of an octave off."""
    cost, size = np.full(wished + 1, np.inf), np.zeros(wished + 1, np.int64)
    for phrases in range(1, wished + 1):
        octaves = math.log2(phrases / nominal)
        found = into[: wished + 1 - phrases] + (octaves if octaves > 0 else -kept * octaves)
        better = found < cost[phrases:]
        cost[phrases:][better], size[phrases:][better] = found[better], phrases
    return cost, size
