"""Form: what may be asked about the next section, and who answers.

A visit is one coming of a section: how long, with what energy and tension. The genre's own grammar, its lengths and
its order, travels in the request, so an expert needs no genres of its own.
"""

from typing import Protocol

import msgspec

from engines.codec.grid import FUNCTIONS, section_function
from engines.genre import Genre

CLOSING = FUNCTIONS.index("outro")


class Shape(msgspec.Struct, frozen=True):
    """A section as the genre draws it: bars, energy 0..1, tension 0..1 at start and end, weights of what follows."""

    bars: int
    energy: float
    tension: tuple[float, float]
    follows: dict[str, float]


class Visit(msgspec.Struct, frozen=True):
    """One coming of a section: its name in the genre, bars, energy 0..1, tension 0..1 at start and end.

    curve: tension at each of its bar lines and at its end (bars + 1 values), () = straight from start to end.
    """

    section: str
    bars: int
    energy: float
    tension: tuple[float, float]
    curve: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a curve of another length."""
        if self.curve and len(self.curve) != self.bars + 1:
            raise ValueError(f"a curve of {len(self.curve)} values for {self.bars} bars: must be {self.bars + 1}")


class FormRequest(msgspec.Struct, frozen=True):
    """All a form expert may know to choose the next visit.

    phrase_bars: the grid of the genre's form. past: visits so far, oldest first. open: weights of the sections that
    may come next, one at least. total: bars of the whole piece, None = open end.
    """

    genre: str
    phrase_bars: int
    shapes: dict[str, Shape]
    open: dict[str, float]
    past: tuple[Visit, ...] = ()
    total: int | None = None
    seed: int = 0
    budget_ms: float = 1000.0


class FormExpert(Protocol):
    """Chooses what comes next under `/autopilot`; stateless; raises only ExpertError."""

    @property
    def name(self) -> str:
        """Name as in `models list`."""

    @property
    def version(self) -> str:
        """Version as in `models list`."""

    def choose(self, request: FormRequest) -> Visit:
        """Return the next visit: one of `request.open`, 1 bar or more."""


def drawn(genre: Genre, name: str) -> Visit:
    """Return a visit to a section as the genre draws it; of the genre's first where it has no such section."""
    section = genre.sections.get(name) or genre.sections[genre.first]
    return Visit(name, section.bars, section.energy, section.tension)


def shapes_of(genre: Genre) -> dict[str, Shape]:
    """Return the sections of a genre as a form expert sees them."""
    return {
        name: Shape(section.bars, section.energy, section.tension, dict(section.follows))
        for name, section in genre.sections.items()
    }


def ask(
    genre: Genre, past: tuple[Visit, ...], *, total: int | None, seed: int, only: frozenset[str] = frozenset()
) -> FormRequest:
    """Return the question what follows `past`; only: sections among which to choose as far as the genre allows any."""
    last = genre.sections.get(past[-1].section, genre.sections[genre.first]) if past else None
    weights = {name: weight for name, weight in last.follows.items() if weight > 0} if last else {}
    weights = weights or {genre.first: 1.0}
    kept = {name: weight for name, weight in weights.items() if name in only} or weights
    return FormRequest(genre.name, genre.phrase_bars, shapes_of(genre), kept, past, total, seed)


def closes(section: str) -> bool:
    """Whether a piece may end with this section."""
    return section_function(section) == CLOSING
