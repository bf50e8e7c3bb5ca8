"""Keys: a tonic and a mode of seven notes."""

import re
from functools import lru_cache
from typing import Final

import msgspec

from engines.theory.pitch import TheoryError, name, nearest, note_of, plain, quote, split_note

MODES: Final[dict[str, tuple[int, ...]]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic_minor": (0, 2, 3, 5, 7, 9, 11),
    "harmonic_major": (0, 2, 4, 5, 7, 8, 11),
    "phrygian_dominant": (0, 1, 4, 5, 7, 8, 10),
    "lydian_dominant": (0, 2, 4, 6, 7, 9, 10),
    "double_harmonic": (0, 1, 4, 5, 7, 8, 11),
    "hungarian_minor": (0, 2, 3, 6, 7, 8, 11),
}
# semitones from the tonic up to the tonic of the major key with the same signature
_TO_MAJOR: Final = {
    "major": 0,
    "minor": 3,
    "dorian": 10,
    "phrygian": 8,
    "lydian": 7,
    "mixolydian": 5,
    "locrian": 1,
    "harmonic_minor": 3,
    "melodic_minor": 3,
    "harmonic_major": 0,
    "phrygian_dominant": 8,
    "lydian_dominant": 5,
    "double_harmonic": 0,
    "hungarian_minor": 3,
}
_ALIASES: Final = {
    "": "major",
    "m": "minor",
    "M": "major",
    "maj": "major",
    "min": "minor",
    "mi": "minor",
    "-": "minor",
    "ionian": "major",
    "aeolian": "minor",
    "natural_minor": "minor",
    "byzantine": "double_harmonic",
    "hijaz": "phrygian_dominant",
}
_FLAT_MAJORS: Final = frozenset({5, 10, 3, 8, 1})  # F Bb Eb Ab Db
_SCALES: Final = {
    mode: tuple(tuple((tonic + step) % 12 for step in steps) for tonic in range(12)) for mode, steps in MODES.items()
}
_SETS: Final = {mode: tuple(map(frozenset, scales)) for mode, scales in _SCALES.items()}
_DEGREES: Final = {
    mode: tuple({pc: at + 1 for at, pc in enumerate(scale)} for scale in scales) for mode, scales in _SCALES.items()
}


class Key(msgspec.Struct, frozen=True):
    """A key: tonic 0..11 (pitch class) and mode (a name in MODES); every property is a table look-up."""

    tonic: int
    mode: str

    def __post_init__(self) -> None:
        """Refuse a tonic that is no pitch class and a mode that does not exist."""
        if not 0 <= self.tonic <= 11:
            raise TheoryError(f"key tonic {self.tonic}: must be 0..11")
        if self.mode not in MODES:
            raise TheoryError(f"no mode {quote(self.mode)}; modes are {', '.join(MODES)}{nearest(self.mode, MODES)}")

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read "Am", "F# minor", "C", "D dorian", "a minor"; a lone lower-case letter is refused as ambiguous."""
        return _parse(text)

    @property
    def scale(self) -> tuple[int, ...]:
        """The seven pitch classes from the tonic up."""
        return _SCALES[self.mode][self.tonic]

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The seven pitch classes as a set."""
        return _SETS[self.mode][self.tonic]

    @property
    def name(self) -> str:
        """Canonical name, which parses back: "C", "Am", "F#m", "D dorian", "A harmonic minor"."""
        tonic = name(self.tonic, self.flats)
        if self.mode == "major":
            return tonic
        return f"{tonic}m" if self.mode == "minor" else f"{tonic} {self.mode.replace('_', ' ')}"

    def contains(self, pitch: int) -> bool:
        """Whether a MIDI pitch (or pitch class) belongs to the scale."""
        return pitch % 12 in _SETS[self.mode][self.tonic]

    def degree(self, pc: int) -> int | None:
        """Return the scale degree 1..7 of a pitch class, None off the scale."""
        return _DEGREES[self.mode][self.tonic].get(pc % 12)

    def place(self, pc: int) -> tuple[int, int]:
        """Return degree 1..7 and accidental -1..1 of any pitch class, spelled as musicians would (bII, #IV, bVI)."""
        degrees = _DEGREES[self.mode][self.tonic]
        if pc % 12 in degrees:
            return degrees[pc % 12], 0
        # the second, third, sixth and seventh are lowered; fourths and what is left are raised
        signs = (-1, 1) if (pc - self.tonic) % 12 in {1, 3, 8, 10} else (1, -1)
        return next((degrees[(pc - sign) % 12], sign) for sign in signs if (pc - sign) % 12 in degrees)

    def spell(self, pc: int) -> str:
        """Spell a pitch class as this key's accidentals and degrees suggest."""
        sign = self.place(pc)[1]
        return name(pc, sign < 0 or (sign == 0 and self.flats))

    @property
    def relative_major(self) -> int:
        """Tonic 0..11 of the major key with the same signature."""
        return (self.tonic + _TO_MAJOR[self.mode]) % 12

    @property
    def is_minor(self) -> bool:
        """Whether the third above the tonic is minor."""
        return MODES[self.mode][2] == 3

    @property
    def flats(self) -> bool:
        """Whether the key is spelled with flats; six accidentals: Ebm, but F#."""
        major = self.relative_major
        return major in _FLAT_MAJORS or (major == 6 and self.is_minor)


def _valid(name: str) -> str:
    """Return the name of a key nearest to one of which only the note is right."""
    try:
        return _parse(name).name
    except TheoryError:
        return note_of(name)


@lru_cache(maxsize=512)
def _parse(text: str) -> Key:
    short = plain(text)
    tonic, rest = split_note(short[0].upper() + short[1:], short, _valid)
    word = rest.strip()
    mode = word if word in _ALIASES else re.sub(r"[\s_-]+", "_", word.lower())
    mode = _ALIASES.get(mode, mode)
    if mode not in MODES:
        start = short[: len(short) - len(rest)].strip().capitalize()
        hint = nearest(f"{start} {word}", (f"{start} {each.replace('_', ' ')}" for each in MODES))
        raise TheoryError(f'no key {quote(text)}; keys are like "Am", "F# minor", "C", "D dorian"{hint}')
    if not word and short[0].islower():
        upper = short.capitalize()
        raise TheoryError(f'key {quote(text)} may mean major or minor; say "{upper}" or "{upper}m"; nearest: "{upper}"')
    return Key(tonic, mode)
