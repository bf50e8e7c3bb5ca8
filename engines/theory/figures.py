"""Parts of a Roman numeral: where its degree lies in a key, what the figures behind its letters mean."""

import re
from typing import Final

from engines.theory.key import MODES, Key
from engines.theory.quality import quality_of

_TRIAD_FIGURES: Final = {"6": 1, "64": 2}
_SEVENTH_FIGURES: Final = {"65": 1, "43": 2, "42": 3}
_PLAIN_TRIADS: Final = frozenset({"maj", "min", "dim", "aug"})
_SUFFIX: Final = {
    "maj": "",
    "min": "",
    "dim": "o",
    "aug": "+",
    "dim7": "o7",
    "m7b5": "ø7",
    **dict.fromkeys(("6", "m6"), "add6"),  # a bare 6 is the first inversion
    **dict.fromkeys(("6/9", "m6/9"), "69"),  # a slash would name a bass or a key
}
# harmonic and melodic minor borrow leading tones; their numerals stand on the natural degrees: VI VII in Am = F G
_DEGREES: Final = MODES | {"harmonic_minor": MODES["minor"], "melodic_minor": MODES["minor"]}


def degree_pc(degree: int, accidental: int, key: Key) -> int:
    """Return the pitch class of a degree; an accidental that the mode has already (b7 in minor) counts once."""
    natural = _DEGREES[key.mode][degree - 1]
    altered = natural - MODES["major"][degree - 1]
    if accidental * altered > 0:
        accidental -= altered
    return (key.tonic + natural + accidental) % 12


def places(pc: int, key: Key) -> list[tuple[int, int]]:
    """Return the ways to name a pitch class in a key, the usual one first."""
    signs = (0, -1, 1, -2, 2) if (pc - key.tonic) % 12 in {1, 3, 8, 10} else (0, 1, -1, 2, -2)
    return [(degree, sign) for sign in signs for degree in range(1, 8) if degree_pc(degree, sign, key) == pc]


def figured(quality: str, inversion: int) -> bool:
    """Whether figured bass can write this inversion of a quality; the root position needs no figures."""
    seventh = suffix(quality, 0).endswith("7")
    return inversion == 0 or (inversion in (1, 2) and quality in _PLAIN_TRIADS) or (inversion in (1, 2, 3) and seventh)


def suffix(quality: str, inversion: int) -> str:
    """Return what stands behind the numeral's letters, whose case has said the third already."""
    written = _SUFFIX.get(quality)
    if written is None:
        # the lower case stands for the m: m9 is i9, mMaj7 is imaj7
        written = quality[1].lower() + quality[2:] if re.match(r"m(?!aj)", quality) else quality
    if inversion == 0:
        return written
    if quality in _PLAIN_TRIADS:
        return written + next(text for text, at in _TRIAD_FIGURES.items() if at == inversion)
    return written[:-1] + next(text for text, at in _SEVENTH_FIGURES.items() if at == inversion)


def read_suffix(text: str, *, lower: bool) -> tuple[str, int] | None:
    """Return quality and inversion of what stands behind the letters, None when it means nothing."""
    for figures, seventh in ((_SEVENTH_FIGURES, "7"), (_TRIAD_FIGURES, "")):
        figure = next((each for each in figures if text.endswith(each)), None)
        quality = _quality(text.removesuffix(figure) + seventh, lower=lower) if figure else None
        if figure and quality and (seventh or quality in _PLAIN_TRIADS) and not text.endswith("add6"):
            return quality, figures[figure]
    quality = _quality(text, lower=lower)
    return (quality, 0) if quality else None


def _quality(text: str, *, lower: bool) -> str | None:
    """Return the quality of a suffix; lower case means the minor one where there is one."""
    minor = quality_of(f"m{text}") if lower else None
    return minor or quality_of(text)
