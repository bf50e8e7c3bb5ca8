"""How right an opinion is: shares of a song's time, and of songs. Time in which nobody told a chord is not judged."""

from typing import Final

import numpy as np

from engines.analysis.metre import Grid
from engines.analysis.words import kind_of
from engines.theory.key import Key
from engines.theory.numeral import Numeral
from training.corpus.said import Said
from training.judge.theory.fit import owners
from training.judge.theory.opinion import Opinion, Word
from training.judge.theory.truth import Truth

FIFTH, RELATIVE, PARALLEL = 0.5, 0.3, 0.2
"""MIREX key detection: credit for a fifth off (either way), the relative and the parallel key."""
WHOLE: Final = ("home", "mirex")
TIMED: Final = ("key", "root", "chord", "degree", "roman", "roman_inversion", "roman_exact")
"""home: key of the whole, and its MIREX credit. Of the time: key; root; root and quality; numeral's root above its own
tonic; key, root and quality; the bass, too; and it is named a secondary dominant where the analyst names it one."""


def mirex(found: Key, told: Key) -> float:
    """Return the MIREX credit 0..1 of a key."""
    up, same = (found.tonic - told.tonic) % 12, found.is_minor == told.is_minor
    if same:
        return {0: 1.0, 5: FIFTH, 7: FIFTH}.get(up, 0.0)
    return {0: PARALLEL, 3 if told.is_minor else 9: RELATIVE}.get(up, 0.0)


def marks(song: Truth, opinion: Opinion) -> dict[str, float]:
    """Return the marks of an opinion on a song."""
    told = song.home()
    found: dict[str, float] = {}
    if told is not None and song.modes:
        found |= {"home": float(_same(opinion.home, told)), "mirex": mirex(opinion.home, told)}
    if told is not None:
        found["tonic"] = float(opinion.home.tonic == told.tonic)
    return found | timed(song, opinion)


def timed(song: Truth, opinion: Opinion) -> dict[str, float]:
    """Return the shares of the time that was told; {} where the song's chords are the music itself (RS 200)."""
    if not song.modes:
        return {}
    grid = Grid(song.music)
    said, heard = owners(song.said, grid.frames), owners(opinion.words, grid.frames)  # type: ignore[arg-type]
    weight = np.diff(grid.frames)
    names = [name for name in TIMED if name != "roman_exact" or song.numerals]
    total, right = 0, dict.fromkeys(names, 0)
    for one, two, ticks in zip(said.tolist(), heard.tolist(), weight.tolist(), strict=True):
        if one < 0 or kind_of(song.said[one].chord.quality) is None:
            continue
        total += ticks
        if two >= 0:
            for name, value in judged(song.said[one], opinion.words[two]).items():
                if name in right:
                    right[name] += ticks * value
    return {name: value / total for name, value in right.items()} if total else {}


def judged(told: Said, word: Word) -> dict[str, bool]:
    """Return what of one chord is right."""
    key = told.key is not None and _same(word.key, told.key)
    root = word.chord is not None and word.chord.root == told.chord.root
    chord = root and word.chord is not None and kind_of(word.chord.quality) == kind_of(told.chord.quality)
    degree = word.chord is not None and told.key is not None
    degree = degree and (word.chord.root - word.key.tonic - told.chord.root + told.key.tonic) % 12 == 0  # type: ignore[union-attr]
    inverted = key and chord and word.chord is not None and word.chord.bass == told.chord.bass
    exact = key and chord and told.key is not None and same_numeral(told.numeral, word.numeral, told.key)
    return {
        "key": key,
        "root": root,
        "chord": chord,
        "degree": degree,
        "roman": key and chord,
        "roman_inversion": inverted,
        "roman_exact": exact,
    }


def same_numeral(told: Numeral | None, found: Numeral | None, key: Key) -> bool:
    """Whether two numerals name one chord in one inversion, and are alike a secondary dominant of the same, or none."""
    if told is None or found is None or (told.applied is None) != (found.applied is None):
        return False
    one, two = told.chord(key), found.chord(key)
    over = (n.applied.chord(key).root for n in (told, found) if n.applied is not None)
    same = one.root == two.root and kind_of(one.quality) == kind_of(two.quality) and one.bass == two.bass
    return same and len(set(over)) <= 1


def _same(one: Key, two: Key) -> bool:
    return one.tonic == two.tonic and one.is_minor == two.is_minor
