"""Form: where sections begin, and which of them are alike."""

import string
from itertools import pairwise

import msgspec
import numpy as np

from engines.analysis.metre import Grid
from engines.analysis.music import Floats, Ints, Marker, Music
from engines.analysis.settings import Form
from engines.analysis.sound import presence

PLACES = 16
"""Of a bar at which onsets are compared."""
STEADY = 0.05  # squared distance of unit vectors below which bars are called the same music


class Part(msgspec.Struct, frozen=True):
    """A section: bars first..last - 1 from 0. name: the file's word or ""; letter: A, B, .., primed = varied."""

    first: int
    last: int
    letter: str
    name: str = ""


def parts(music: Music, grid: Grid, using: Form) -> tuple[Part, ...]:
    """Return the sections in order: by the file's markers where there are any, else where the music turns new."""
    told = _told(music.markers, grid)
    if grid.count > using.most_bars:
        return tuple(Part(a, b, "", name) for (a, name), (b, _) in pairwise([*told, (grid.count, "")]))
    likeness = likeness_of(bars(music, grid))
    borders = told or [(bar, "") for bar in borders_of(likeness, using)]
    spans = list(pairwise([*(bar for bar, _ in borders), grid.count]))
    letters = letters_of([likeness[a:b, c:d] for a, b in spans for c, d in spans], len(spans), using)
    return tuple(Part(a, b, letter, name) for (a, b), letter, (_, name) in zip(spans, letters, borders, strict=True))


def likeness_of(rows: Floats) -> Floats:
    """Return how alike bars are [bars, bars]: 1 the same, 0 as far apart as any two bars of this music."""
    apart = 2 - 2 * np.clip(rows @ rows.T, -1.0, 1.0)
    return np.asarray(1 - apart / (float(apart.mean()) + STEADY))


def bars(music: Music, grid: Grid) -> Floats:
    """Return each bar as a unit vector [bars, n]: what sounds, what sounds below, when and by whom notes begin."""
    edges = grid.bars
    pitched = music.pitched
    deep = pitched[pitched[:, 2] < np.median(pitched[:, 2])] if len(pitched) else pitched
    columns = [_unit(presence(pitched, edges)), 0.7 * _unit(presence(deep, edges))]
    onsets = np.zeros((grid.count, PLACES))
    busy = np.zeros((grid.count, len(music.tracks)))
    for number, track in enumerate(music.tracks):
        bar, place = _placed(track.notes, edges)
        np.add.at(onsets, (bar, place), 1.0)
        busy[:, number] = np.bincount(bar, minlength=grid.count)
    columns += [0.7 * _unit(np.sqrt(onsets)), 0.9 * _unit(np.minimum(busy, 1.0))]
    return _unit(np.concatenate(columns, axis=1))


def borders_of(likeness: Floats, using: Form) -> list[int]:
    """Return the bars at which sections begin, 0 first: peaks of a checkerboard's novelty, on the grid if they can."""
    count, half = len(likeness), using.kernel_bars // 2
    novelty = np.zeros(count)
    for bar in range(1, count):
        reach = min(half, bar, count - bar)
        before, after = slice(bar - reach, bar), slice(bar, bar + reach)
        within = (likeness[before, before].mean() + likeness[after, after].mean()) / 2
        novelty[bar] = (within - likeness[before, after].mean()) * (reach / half) ** 0.5
    novelty[np.arange(count) % using.grid_bars != 0] *= 0.7
    least = max(using.peak * float(novelty.max(initial=0.0)), 0.02)
    found = [0]
    for bar in np.argsort(-novelty, kind="stable").tolist():
        fits = all(abs(bar - other) >= using.fewest_bars for other in (*found, count))
        if novelty[bar] >= least and fits:
            found.append(bar)
    return sorted(found)


def letters_of(blocks: list[Floats], count: int, using: Form) -> list[str]:
    """Return a letter per section; a section that is like an earlier one, but less, is its variation: A, B, A'."""
    letters: list[str] = []
    new = 0
    for number in range(count):
        likes = [_diagonal(blocks[number * count + other]) for other in range(number)]
        best = int(np.argmax(likes)) if likes else 0
        if likes and likes[best] >= using.same:
            letters.append(letters[best])
        elif likes and likes[best] >= using.alike:
            letters.append(letters[best].rstrip("'") + "'" * (1 + max(_primes(letters, letters[best]))))
        else:
            letters.append(letter(new))
            new += 1
    return letters


def letter(number: int) -> str:
    """Return the letter of a number: A .. Z, AA .."""
    return (letter(number // 26 - 1) if number >= 26 else "") + string.ascii_uppercase[number % 26]


def _primes(letters: list[str], like: str) -> list[int]:
    plain = like.rstrip("'")
    return [each.count("'") for each in letters if each.rstrip("'") == plain]


def _diagonal(block: Floats) -> float:
    """Return the mean likeness of two sections bar by bar, as far as the shorter one goes; lengths that differ cost."""
    size = min(block.shape)
    shorter: float = (size / max(block.shape)) ** 0.25
    return float(np.diag(block[:size, :size]).mean()) * shorter


def _told(markers: tuple[Marker, ...], grid: Grid) -> list[tuple[int, str]]:
    """Return (bar, word) of the markers, one a bar at most; what stands before the first one is a section, too."""
    found: dict[int, str] = {}
    for marker in markers:
        if marker.tick < grid.end:
            found.setdefault(grid.bar(marker.tick + 1), marker.text)
    return sorted({0: "", **found}.items()) if found else []


def _placed(notes: Ints, edges: Ints) -> tuple[Ints, Ints]:
    bar = np.clip(np.searchsorted(edges, notes[:, 0], "right") - 1, 0, len(edges) - 2)
    share = (notes[:, 0] - edges[bar]) / np.diff(edges)[bar]
    return bar, np.minimum(np.rint(share * PLACES).astype(np.int64), PLACES - 1)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9))
