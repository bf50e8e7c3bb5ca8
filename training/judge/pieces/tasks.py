"""Tasks: the arguments of many pieces, which every backend then writes from."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from engines.genre import Genre
from engines.seed import mix

BARS: Final = 8  # a phrase of every shipped genre
WHOLE: Final = "whole"
"""In the place of a section: a piece of WHOLE_BARS whose sections the form chair plans."""
WHOLE_BARS: Final = 32
KEYS: Final = (
    "Am",
    "C",
    "F#m",
    "Eb",
    "Dm",
    "G",
    "Bm",
    "Ab",
    "C#m",
    "F",
    "Em",
    "Bb",
)  # both modes, all around the circle
CURVES: Final = ("auto", "rise", "arch", "fall", "wave")


class Task(msgspec.Struct, frozen=True):
    """One piece: its number, genre and section, and the arguments of `generate` but for the backend."""

    number: int
    genre: str
    section: str
    arguments: dict[str, Any]


def tasks(count: int, genres: Mapping[str, Genre]) -> Iterator[Task]:
    """Yield `count` tasks: sections of all genres in turn, so that any number covers them as evenly as can be.

    Keys, curves and tempi change at rates of their own; every second piece leaves its chords to the harmony chair.
    """
    sections = (*_sections(genres), WHOLE)
    places = [(g, section) for section in sections for g in genres if section in (*genres[g].sections, WHOLE)]
    for number in range(count):
        genre, section = places[number % len(places)]
        low, _, high = genres[genre].bpm
        loop = genres[genre].loops[number % len(genres[genre].loops)]
        key = KEYS[number % len(KEYS)]
        fits = loop.mode == ("minor" if key.endswith("m") else "major")
        yield Task(
            number,
            genre,
            section,
            {
                "genre": genre,
                "structure": None if section == WHOLE else ({"section": section, "bars": BARS},),
                "bars": WHOLE_BARS if section == WHOLE else None,
                "key": key,
                "bpm": round(low + (high - low) * (number % 7) / 6),
                "chord_progression": (loop.numerals,) if number % 2 == 0 and fits else None,
                "tension_curve": CURVES[number % len(CURVES)],
                "seed": mix("eval pieces", number) % 2**31,
                "loop": True,  # endings are the rules', whoever plays
            },
        )


def _sections(genres: Mapping[str, Genre]) -> list[str]:
    return list(dict.fromkeys(section for genre in genres.values() for section in genre.sections))
