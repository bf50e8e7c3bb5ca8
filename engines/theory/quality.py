"""Chord qualities: their intervals, and the many ways in which people write them."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# semitones from the root, in the order in which the name stacks them
QUALITIES: Final[dict[str, tuple[int, ...]]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "sus2sus4": (0, 2, 5, 7),
    "5": (0, 7),
    "b5": (0, 4, 6),
    "m#5": (0, 3, 8),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "6/9": (0, 4, 7, 9, 14),
    "m6/9": (0, 3, 7, 9, 14),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "addb9": (0, 4, 7, 13),
    "add11": (0, 4, 7, 17),
    "madd11": (0, 3, 7, 17),
    "add#11": (0, 4, 7, 18),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mMaj7": (0, 3, 7, 11),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "dimMaj7": (0, 3, 6, 11),
    "7b5": (0, 4, 6, 10),
    "7#5": (0, 4, 8, 10),
    "maj7b5": (0, 4, 6, 11),
    "maj7#5": (0, 4, 8, 11),
    "m7#5": (0, 3, 8, 10),
    "7sus4": (0, 5, 7, 10),
    "7sus2": (0, 2, 7, 10),
    "maj7sus4": (0, 5, 7, 11),
    "maj7sus2": (0, 2, 7, 11),
    "9sus4": (0, 5, 7, 10, 14),
    "7sus4b9": (0, 5, 7, 10, 13),
    "13sus4": (0, 5, 7, 10, 14, 21),
    "7b9": (0, 4, 7, 10, 13),
    "7#9": (0, 4, 7, 10, 15),
    "7#11": (0, 4, 7, 10, 18),
    "7b13": (0, 4, 7, 10, 20),
    "7b5b9": (0, 4, 6, 10, 13),
    "7b5#9": (0, 4, 6, 10, 15),
    "7#5b9": (0, 4, 8, 10, 13),
    "7#5#9": (0, 4, 8, 10, 15),
    "7b9#11": (0, 4, 7, 10, 13, 18),
    "7b9b13": (0, 4, 7, 10, 13, 20),
    "7add11": (0, 4, 7, 10, 17),
    "7add13": (0, 4, 7, 10, 21),
    "m7add11": (0, 3, 7, 10, 17),
    "m7b9": (0, 3, 7, 10, 13),
    "maj7#11": (0, 4, 7, 11, 18),
    "maj7add13": (0, 4, 7, 11, 21),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "mMaj9": (0, 3, 7, 11, 14),
    "9b5": (0, 4, 6, 10, 14),
    "9#5": (0, 4, 8, 10, 14),
    "m9b5": (0, 3, 6, 10, 14),
    "9#11": (0, 4, 7, 10, 14, 18),
    "maj9#11": (0, 4, 7, 11, 14, 18),
    "11": (0, 4, 7, 10, 14, 17),
    "maj11": (0, 4, 7, 11, 14, 17),
    "m11": (0, 3, 7, 10, 14, 17),
    "m11b5": (0, 3, 6, 10, 14, 17),
    "13": (0, 4, 7, 10, 14, 21),  # without the eleventh, which fights the major third
    "maj13": (0, 4, 7, 11, 14, 21),
    "m13": (0, 3, 7, 10, 14, 21),
    "13b9": (0, 4, 7, 10, 13, 21),
    "13#9": (0, 4, 7, 10, 15, 21),
    "13#11": (0, 4, 7, 10, 14, 18, 21),
}

_SPELLINGS: Final = {
    "maj": "maj M major",
    "min": "m min minor mi -",
    "dim": "dim o mb5 diminished",
    "aug": "aug + #5 +5 augmented",
    "sus2": "sus2",
    "sus4": "sus 4 suspended",
    "sus2sus4": "sus24 sus4sus2 sus42 sus4add9",
    "5": "5 no3 omit3 power",
    "6": "add6 maj6 add13",
    "m6": "madd6 m6",
    "6/9": "69 6add9 maj6/9 maj69",
    "m6/9": "m69 m6add9",
    "add9": "2 add2",
    "madd9": "madd2 m2",
    "add11": "add4",
    "madd11": "madd4",
    "maj7": "Δ Δ7 maj7 j7",
    "mMaj7": "mΔ mmaj7 m#7",
    "dim7": "o7 dim7",
    "m7b5": "ø ø7 m7o5 halfdim hdim halfdim7 hdim7",
    "dimMaj7": "omaj7",
    "7#5": "+7 7+ aug7 7aug",
    "maj7#5": "+maj7 augmaj7 maj7+",
    "9#5": "+9 9+ aug9",
    "7sus4": "sus7 sus47 7sus",
    "9sus4": "sus9 sus49 9sus 11sus4 11sus",
    "7sus4b9": "7b9sus4 7b9sus",
    "13sus4": "13sus sus13 sus413",
    "7#5#9": "7alt alt",
    "7add13": "7/13 7add6",
    "maj9": "Δ9 maj7add9",
    "9": "7add9",
    "m9": "m7add9",
    "m9b5": "ø9",
    "m11b5": "ø11",
    "m7add11": "m7add4",
    "7add11": "7add4",
    "maj7add13": "maj7add6",
    "maj7b5": "maj7-5",
}

_SIGNS: Final = str.maketrans(
    {"△": "Δ", "∆": "Δ", "°": "o", "º": "o", "Ø": "ø", "∅": "ø", "\u2212": "-", "\u2013": "-"}
)
_STEPS: Final = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"[()\[\],\s]", ""),
        (r"^half-?dim(inished)?|^hdim", "ø"),
        (r"diminished|dim", "o"),
        (r"augmented|aug", "+"),
        (r"suspended", "sus"),
        (r"^dom", ""),
        (r"major|Major|maj|Maj|MAJ|M[Aa](?=\d|$)|ma(?=\d|$)|M|^j|\^", "maj"),
        (r"^(minor|Minor|min|Min|mi(?=\d|$|maj)|-)", "m"),
        (r"Δ7?", "maj7"),
        (r"maj7(9|11|13)", r"maj\1"),
        (r"^\+(7|9)$", r"\1#5"),
        (r"^\+maj7$", "maj7#5"),
        (r"(?<=7|9)\+$", "#5"),
        (r"\+(?=\d)", "#"),
        (r"(?<!^)-(?=\d)", "b"),
        (r"sus(?![24\d])", "sus4"),
    )
)
_ALTERED: Final = re.compile(r"(?:[#b](?:5|9|11|13))+$")


def suffix(quality: str) -> str:
    """Return how a quality is written behind a root: nothing for maj, m for min, else its own name."""
    # C(b5): without brackets the accidental would belong to the root
    return {"maj": "", "min": "m", "b5": "(b5)"}.get(quality, quality)


def _normal(text: str) -> str:
    """Reduce a written quality to one spelling: ASCII, maj/m/o/ø/+, alterations in rising order."""
    short = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    for pattern, put in _STEPS:
        short = pattern.sub(put, short)
    found = _ALTERED.search(short)
    if found is None:
        return short
    parts = sorted(re.findall(r"[#b]\d+", found.group()), key=lambda part: (int(part[1:]), part[0] == "#"))
    return short[: found.start()] + "".join(parts)


_BY_SPELLING: Final = {_normal(suffix(each)): each for each in QUALITIES} | {
    _normal(text): quality for quality, texts in _SPELLINGS.items() for text in texts.split()
}


@lru_cache(maxsize=512)
def quality_of(text: str) -> str | None:
    """Return the quality that is written as `text` behind a root, None when nobody writes so."""
    return _BY_SPELLING.get(_normal(text))
