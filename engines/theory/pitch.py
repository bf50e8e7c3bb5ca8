"""Pitch classes: how they are read and spelled, and the error that every reader of theory raises."""

import difflib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHARP_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES: Final = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
ACCIDENTALS: Final = {"": 0, "#": 1, "b": -1, "##": 2, "bb": -2, "x": 2}
MAX_TEXT: Final = 32  # longer names are no names: refused before anything searches them
_PLAIN: Final = str.maketrans({"♯": "#", "♭": "b", "♮": None, "𝄪": "x", "𝄫": "bb"})
_NOTE: Final = re.compile(r"([A-G])(##|bb|#|b|x)?")


class TheoryError(ValueError):
    """A name of a note, key, chord or numeral that does not exist; says what is allowed and what is nearest."""


def quote(text: str) -> str:
    """Return `text` in quotes, shortened to what fits a reply."""
    return f'"{text}"' if len(text) <= MAX_TEXT else f'"{text[:MAX_TEXT]}…"'


def nearest(text: str, names: Iterable[str]) -> str:
    """Return the hint `; nearest: "…"` with the most similar of `names`, or nothing when none is similar."""
    close = difflib.get_close_matches(text[:MAX_TEXT], names, 1, 0.3)
    return f'; nearest: "{close[0]}"' if close else ""


def plain(text: str) -> str:
    """Return `text` stripped and with ASCII accidentals; refuse what is empty or too long to be a name."""
    short = text.strip().translate(_PLAIN)
    if not short:
        raise TheoryError('empty name: must be like "Am", "F#", "VI"')
    if len(short) > MAX_TEXT:
        raise TheoryError(f"{quote(text)} is longer than {MAX_TEXT} characters")
    return short


def note_of(text: str) -> str:
    """Return the note with which `text` begins."""
    found = _NOTE.match(text)
    return found.group() if found else ""


def split_note(text: str, what: str = "", valid: Callable[[str], str] = note_of) -> tuple[int, str]:
    """Split plain `text` that begins with a note name into its pitch class 0..11 and the rest.

    what: the text as it was said; valid: the valid name nearest to one that begins with a note (for the error).
    """
    found = _NOTE.match(text)
    if found is None:
        where = f"{quote(what or text)}: " if (what or text) != text[:1] else ""
        hint = valid(_repair(text))
        raise TheoryError(f'{where}no note "{text[:1]}"; notes are A..G with # or b; nearest: "{hint}"')
    letter, accidental = found.groups("")
    return (LETTERS[letter] + ACCIDENTALS[accidental]) % 12, text[found.end() :]


@lru_cache(maxsize=256)
def parse_pitch_class(text: str) -> int:
    """Read a note name such as C, C#, Db, Cb, B#, F## or B♭ as a pitch class 0..11."""
    pitch_class, rest = split_note(plain(text))
    if rest:
        hint = nearest(plain(text), (*SHARP_NAMES, *FLAT_NAMES))
        raise TheoryError(f"no note {quote(text)}; notes are A..G with #, b, ## or bb{hint}")
    return pitch_class


def name(pc: int, flats: bool) -> str:
    """Spell a pitch class 0..11 with at most one accidental."""
    return (FLAT_NAMES if flats else SHARP_NAMES)[pc % 12]


def _repair(text: str) -> str:
    """Return `text` with its first letter made a note: upper case, H as in German, else the last letter G."""
    letter = text[:1].upper()
    if letter not in LETTERS:
        letter = "B" if letter == "H" else "G" if letter.isalpha() else "C"
    rest = text[1:]
    # B#, E#, Cb and Fb exist but are hardly ever meant
    rare = letter + rest[:1] in {"B#", "E#", "Cb", "Fb"}
    return letter + (rest[1:] if rare else rest)
