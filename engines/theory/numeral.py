"""Roman numerals, chords by their place in a key; and the chord loops that performers type."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, Union

import msgspec

from engines.theory.chord import Chord
from engines.theory.figures import degree_pc, figured, places, read_suffix, suffix
from engines.theory.key import Key
from engines.theory.pitch import TheoryError, nearest, plain, quote
from engines.theory.quality import QUALITIES, quality_of
from engines.theory.quality import suffix as quality_suffix

MAX_BARS: Final = 64
CHORDS_PER_BAR: Final = 4  # one a beat
ROMANS: Final = ("I", "II", "III", "IV", "V", "VI", "VII")
_SIGNS: Final = {"": 0, "b": -1, "bb": -2, "#": 1, "##": 2}
_SIGN_OF: Final = {value: sign for sign, value in _SIGNS.items()}
_NUMERAL: Final = re.compile(r"(bb|b|##|#)?(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?![IViv])(.*)")
_OVER: Final = re.compile(r"(bb|b|##|#)?([1-7])$")
_LEADING: Final = frozenset({"dim", "dim7", "m7b5", "dimMaj7"})


class Numeral(msgspec.Struct, frozen=True, tag=True):
    """A chord by its place in a key, such as V7, bVII, viio65, V7/ii or I/5.

    degree: 1..7; accidental -2..2; quality: a name in QUALITIES; inversion: which tone of the quality lies
    lowest; bass: accidental and degree of a foreign bass instead; applied: the numeral whose key this one is in.
    Case decides the third: V in a minor key is the major dominant. A 7 is a dominant or minor seventh, maj7 is
    written out. An accidental that the mode has already is not applied twice: bVII in Am is G, as VII is.
    Diminished vii in a minor key stands on the leading tone; bviio on the natural seventh.
    """

    degree: int
    accidental: int = 0
    quality: str = "maj"
    inversion: int = 0
    bass: tuple[int, int] | None = None
    applied: Union["Numeral", None] = None

    def __post_init__(self) -> None:
        """Refuse what names no chord."""
        if not 1 <= self.degree <= 7 or self.accidental not in _SIGN_OF:
            raise TheoryError(f"numeral degree {self.degree}, accidental {self.accidental}: must be 1..7 and -2..2")
        if self.quality not in QUALITIES:
            raise TheoryError(f"no chord quality {quote(self.quality)}{nearest(self.quality, QUALITIES)}")
        if self.bass and (self.bass[0] not in _SIGN_OF or not 1 <= self.bass[1] <= 7):
            raise TheoryError(f"numeral bass {self.bass}: must be accidental -2..2 and degree 1..7")
        if self.inversion and (self.bass or not figured(self.quality, self.inversion)):
            raise TheoryError(f"inversion {self.inversion} of {self.quality}: no figures for it, name the bass degree")

    @classmethod
    def parse(cls, text: str) -> "Numeral":
        """Read a numeral such as "bVII7", "iv6", "viiø7", "V65/V", "I/5" (fifth in the bass)."""
        return _parse(text)

    @property
    def name(self) -> str:
        """Canonical name, which parses back."""
        over = f"/{_SIGN_OF[self.bass[0]]}{self.bass[1]}" if self.bass else ""
        applied = f"/{self.applied.name}" if self.applied else ""
        minor = 3 in QUALITIES[self.quality]
        roman = ROMANS[self.degree - 1].lower() if minor else ROMANS[self.degree - 1]
        return f"{_SIGN_OF[self.accidental]}{roman}{suffix(self.quality, self.inversion)}{over}{applied}"

    def chord(self, key: Key) -> Chord:
        """Return the chord it names in a key."""
        return _chord(self, key)


Symbol = Chord | Numeral
Loop = tuple[tuple[Symbol, ...], ...]


@lru_cache(maxsize=4096)
def of(chord: Chord, key: Key) -> Numeral:
    """Return the numeral of a chord in a key, so that `of(chord, key).chord(key) == chord`; never an applied one."""
    degree, accidental = _place(chord, key)
    intervals = QUALITIES[chord.quality]
    lowest = (chord.bass - chord.root) % 12
    inversion = next((at for at, interval in enumerate(intervals) if interval % 12 == lowest), None)
    if inversion is not None and figured(chord.quality, inversion):
        return Numeral(degree, accidental, chord.quality, inversion)
    return Numeral(degree, accidental, chord.quality, 0, _bass_place(chord.bass, key))


def _root(numeral: Numeral, key: Key) -> int:
    """Return the root 0..11 of a numeral in the key it directly stands in."""
    if numeral.degree == 7 and numeral.accidental == 0 and key.is_minor and numeral.quality in _LEADING:
        return (key.tonic + 11) % 12
    return degree_pc(numeral.degree, numeral.accidental, key)


def _bass_place(pc: int, key: Key) -> tuple[int, int]:
    degree, sign = places(pc, key)[0]
    return sign, degree


def _place(chord: Chord, key: Key) -> tuple[int, int]:
    """Return degree and accidental by which a numeral of this quality has this chord's root."""
    if chord.quality in _LEADING and key.is_minor and chord.root == (key.tonic + 11) % 12:
        return 7, 0
    return next(place for place in places(chord.root, key) if _root(Numeral(*place, chord.quality), key) == chord.root)


@lru_cache(maxsize=2048)
def _chord(numeral: Numeral, key: Key) -> Chord:
    if numeral.applied is not None:
        target = _chord(numeral.applied, key)
        key = Key(target.root, "minor" if 3 in QUALITIES[target.quality] else "major")
    root = _root(numeral, key)
    bass = (root + QUALITIES[numeral.quality][numeral.inversion]) % 12
    if numeral.bass is not None:
        bass = degree_pc(numeral.bass[1], numeral.bass[0], key)
    return Chord(root, numeral.quality, bass)


@lru_cache(maxsize=512)
def _parse(text: str) -> Numeral:
    short = plain(text)
    head, *over = short.split("/")
    bass: tuple[int, int] | None = None
    if over and (found := _OVER.match(over[0])):
        bass = _SIGNS[found.group(1) or ""], int(found.group(2))
        over = over[1:]
    applied = _parse("/".join(over)) if over else None
    match = _NUMERAL.fullmatch(head)
    read = read_suffix(match.group(3), lower=match.group(2).islower()) if match else None
    if match is None or read is None:
        raise _error(text, short)
    degree = ROMANS.index(match.group(2).upper()) + 1
    return Numeral(degree, _SIGNS[match.group(1) or ""], *read, bass, applied)


def _error(text: str, short: str) -> TheoryError:
    names = [roman + rest for roman in (*ROMANS, *map(str.lower, ROMANS)) for rest in ("", "7", "6")]
    lead = re.match(r"[b#]*", short)
    sign = lead.group() if lead else ""
    hint = nearest(short, [sign[:1] + each for each in names])
    return TheoryError(f'no numeral {quote(text)}; numerals are like "i", "bVII7", "V65", "viio7/V"{hint}')


@lru_cache(maxsize=1024)
def parse_symbol(text: str) -> Symbol:
    """Read a chord name or, failing that, a Roman numeral; TheoryError names the nearest of the likelier kind."""
    short = plain(text)
    try:
        return Chord.parse(short)
    except TheoryError:
        if short.lstrip("b#")[:1] not in set("IViv"):
            raise
    return Numeral.parse(short)


def in_key(symbol: Symbol, key: Key) -> Chord:
    """Return the chord that a symbol means in a key."""
    return symbol if isinstance(symbol, Chord) else symbol.chord(key)


def parse_loop(texts: Sequence[str]) -> Loop:
    """Read bars of chords: "Am F C G", or one string per bar; a bar holds up to four chords joined by `|`."""
    bars = " ".join(texts).split()
    if not bars:
        raise TheoryError('no chords; must be like "Am F C G" or "i VI III VII"')
    if len(bars) > MAX_BARS:
        raise TheoryError(f"{len(bars)} bars of chords; at most {MAX_BARS}")
    for before, word in pairwise(bars):
        if (quality := quality_of(word)) is not None:  # no chord and no numeral is written so
            hint = f'nearest: "{before}{quality_suffix(quality)}"'
            raise TheoryError(f"{quote(word)} stands by itself: a chord is one word; {hint}")
    return tuple(_bar(bar) for bar in bars)


def loop_text(loop: Loop) -> str:
    """Write a loop as one line that `parse_loop` reads back."""
    return " ".join("|".join(symbol.name for symbol in bar) for bar in loop)


def chords_per_beat(bar_chords: Sequence[Chord]) -> tuple[Chord, Chord, Chord, Chord]:
    """Spread the chords of a bar over its four beats: 1 = 4, 2 = 2+2, 3 = 2+1+1, 4 = one each."""
    if not 1 <= len(bar_chords) <= CHORDS_PER_BAR:
        raise TheoryError(f"{len(bar_chords)} chords in a bar; must be 1..{CHORDS_PER_BAR}")
    first, last = bar_chords[0], bar_chords[-1]
    if len(bar_chords) < 3:
        return first, first, last, last
    return (first, first if len(bar_chords) == 3 else bar_chords[1], bar_chords[-2], last)


def _bar(text: str) -> tuple[Symbol, ...]:
    names = text.split("|")
    if not all(names):
        raise TheoryError(f'{quote(text)}: "|" joins the chords of one bar, without spaces, as in "Am F|G"')
    if len(names) > CHORDS_PER_BAR:
        raise TheoryError(f"{quote(text)}: {len(names)} chords in a bar; at most {CHORDS_PER_BAR}")
    return tuple(parse_symbol(each) for each in names)
