"""How the chord corpora write their chords: Harte, lead sheets, Roman numerals, POP909-CL."""

import re

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral
from engines.theory.pitch import TheoryError

PITCHES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

POP_QUALITY = {
    "maj": "maj", "min": "min", "min7": "min7", "sus2": "sus", "sus4": "sus", "7sus4": "sus", "maj7": "maj7", "7": "7",
    "dim": "dim", "dim7": "dim", "hdim7": "hdim", "maj6": "add", "add9": "add", "aug": "aug", "minmaj7": "min",
}  # fmt: skip

# POP909-CL's names of qualities -> those of engines.theory
POP_CHORD = {
    "maj": "maj", "min": "min", "min7": "m7", "sus2": "sus2", "maj7": "maj7", "sus4": "sus4", "7": "7",
    "dim": "dim", "maj6": "6", "hdim7": "m7b5", "5": "5", "aug": "aug", "7sus4": "7sus4", "minmaj7": "mMaj7",
    "dim7": "dim7", "add9": "add9", "min6": "m6",
}  # fmt: skip

# how analysts' numerals differ from ours: augmented sixths stand on bVI, N is the Neapolitan, h and x are diminished
ANALYSTS = (
    (r"^Cad64", "I64"), (r"^(Ger|It)\d*", "bVI7"), (r"^Fr\d*", "bVI7b5"), (r"^N6", "bII6"), (r"^N(?![a-z])", "bII"),
    (r"6/4", "64"), (r"h(?=\d)", "ø"), (r"h$", "ø"), (r"x(?=\d)", "o"), (r"d(?=\d)", ""), (r"s(?=\d)", "sus"),
    (r"V11$", "V9sus4"), (r"(?<=[IViv])2$", "42"),
)  # fmt: skip


def harte(name: str) -> str:
    """Return the quality class of a Harte or lead-sheet quality such as maj7/3, sus4(b7), m6, o7."""
    text = name.split("/", maxsplit=1)[0].replace("minor", "min").replace("major", "maj")
    rules = (
        (r"^(hdim|ø|.*m7b5|min7\(b5)", "hdim"), (r"^(dim|o)", "dim"), (r"^(aug|\+)|\+$", "aug"), (r"sus|^4|^11", "sus"),
        (r"^(maj7|maj9|maj11|maj13|maj\(7)", "maj7"), (r"^(min|m)(?!aj)\(?(7|9|11|13)", "min7"),
        (r"^(min|m)(?!aj)", "min"), (r"^(7|9|13)", "7"), (r"^(maj6|6|maj\(9|add)", "add"),
        (r"^(maj)?$|^maj\(|^1$", "maj"),
    )  # fmt: skip
    return next((quality for pattern, quality in rules if re.search(pattern, text)), "other")


def roman(name: str, *, minor: bool) -> tuple[int, str]:
    """Return (root above the relative major's tonic, quality) of a free-midi-chords numeral such as bVIIM or ii7."""
    match = re.match(r"([b#]?)([ivIV]+)(.*)", name)
    if match is None:
        raise ValueError(f"numeral {name}: not a Roman numeral")
    accidental, numeral, rest = match.groups()
    degree = ("i", "ii", "iii", "iv", "v", "vi", "vii").index(numeral.lower())
    scale = (9, 11, 0, 2, 4, 5, 7) if minor else (0, 2, 4, 5, 7, 9, 11)
    root = (scale[degree] + {"": 0, "b": -1, "#": 1}[accidental]) % 12
    lower = numeral[0].islower() if not rest.startswith(("M", "m")) else rest[0] == "m"
    if rest.startswith(("sus", "dim", "5", "add", "dom", "6")):
        quality = {"sus": "sus", "dim": "dim", "5": "other", "add": "min" if lower else "add"}.get(
            rest[:3].rstrip("49"), ""
        )
        return root, quality or {"d": "7", "6": "min" if lower else "add", "5": "other"}.get(rest[0], "maj")
    if "7" in rest or "9" in rest:
        dominant = root == 7 and not rest.startswith("M")
        return root, "min7" if lower else "7" if dominant else "maj7"
    if root == 11 and lower and rest == "":
        return root, "dim"
    return root, "min" if lower else "maj"


def pitch_class(name: str) -> int:
    """Return 0..11 for a spelt pitch: a letter, then # or b or - (music21's flat) signs."""
    return (PITCHES[name[0]] + name.count("#") - name[1:].count("b") - name.count("-")) % 12


def lead_sheet(text: str) -> Chord | None:
    """Return the chord of a lead-sheet symbol in music21's spelling (- is flat), None where it names none."""
    try:
        return Chord.parse(text.replace("-", "b").replace(" ", ""))
    except TheoryError:
        return None


def written_key(signatures: list[tuple[float, int, str]]) -> Key | None:
    """Return the one key that a sheet is written in; None for none or several. Rows: onset, sharps, mode."""
    keys = {(sharps, mode) for _, sharps, mode in signatures}
    if len(keys) != 1:
        return None
    sharps, mode = keys.pop()
    minor = mode == "minor"
    return Key((sharps * 7 + (9 if minor else 0)) % 12, "minor" if minor else "major")


def numeral_of(text: str) -> Numeral | None:
    """Return the numeral that an analyst wrote (RomanText, RS 200) in our spelling, None where it names no chord."""
    plain = re.sub(r"\[.*?\]", "", text)
    for pattern, put in ANALYSTS:
        plain = re.sub(pattern, put, plain)
    try:
        return Numeral.parse(plain)
    except (TheoryError, ValueError, KeyError, IndexError):
        return None


def analysed(text: str, key: Key) -> Chord | None:
    """Return the chord of an analyst's numeral in a key, None where it names none."""
    try:
        numeral = numeral_of(text)
        return numeral and numeral.chord(key)
    except (TheoryError, ValueError, KeyError, IndexError):
        return None
