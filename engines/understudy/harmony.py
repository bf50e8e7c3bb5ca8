"""Rule-based harmony: a theme of the genre's chord loops that comes back with its section; a cadence where one ends."""

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache

from engines.expert import HarmonyRequest
from engines.genre import ChordLoop, Genre
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral, parse_loop
from engines.understudy.stage import genre_of

Bars = tuple[tuple[Chord, ...], ...]
MATCH_BARS = (2, 4)  # bars of the past that must agree before a loop counts as the running one: at least, and at most
PHRASE_BARS = 8  # bars of a phrase: a cadence at its end does not make the loop before it another one


class RuleHarmony:
    """The harmony expert `rules`: the piece's theme, a weighted loop of the genre, which its sections go on with."""

    name = "rules"
    version = "1"

    def __init__(self, genres: Mapping[str, Genre]) -> None:
        """Take the genres, at least one; an unknown genre in a request is played like the first."""
        if not genres:
            raise ValueError("rules need at least one genre")
        self._genres = dict(genres)

    def choose(self, request: HarmonyRequest) -> Bars:
        """Return the chords of `request.bars` bars.

        A section begins with its loop, the same whenever it comes back; what runs goes on unless the dice change it.
        """
        genre = genre_of(self._genres, request.genre)
        loops = [loop for loop in genre.loops if loop.mode == _mode(request.key) and loop.weight > 0]
        dice = random.Random(f"{request.seed}:harmony")
        loop, at = _section_loop(loops, request), request.section_bar
        if request.section_bar > 0:
            loop, at = _running([] if _kept(loop, request) else loops, request) or (loop, at)
            if dice.random() < request.variation**2 / 2:
                loop = _chords(_draw(dice, loops).numerals, request.key)
        bars = [loop[(at + bar) % len(loop)] for bar in range(request.bars)]
        return _close(bars, genre, request.key, dice) if request.cadence else tuple(bars)


def _section_loop(loops: Sequence[ChordLoop], request: HarmonyRequest) -> Bars:
    """Return the loop of a section: the theme, by chance (half the variation) one of its own."""
    own = random.Random(f"{request.theme_seed}:{request.section}:harmony")
    dice = own if own.random() < request.variation / 2 else random.Random(f"{request.theme_seed}:harmony")
    return _chords(_draw(dice, loops).numerals, request.key)


def _kept(loop: Bars, request: HarmonyRequest) -> bool:
    """Whether most of the section's last phrase was its loop, at its place."""
    past = request.past[-min(PHRASE_BARS, request.section_bar) :]
    same = sum(_same(loop[(request.section_bar - back) % len(loop)], past[-back]) for back in range(1, len(past) + 1))
    return len(past) == PHRASE_BARS and 2 * same > PHRASE_BARS


def _running(loops: Sequence[ChordLoop], request: HarmonyRequest) -> tuple[Bars, int] | None:
    """Return the loop that the past plays and the index of its next bar, or None."""
    least, most = MATCH_BARS
    past = request.past[-most:]
    for loop in loops if len(past) >= least else ():
        bars = _chords(loop.numerals, request.key)
        for at in range(len(bars)):
            if all(_same(bars[(at - back) % len(bars)], past[-back]) for back in range(1, len(past) + 1)):
                return bars, at
    return None


def _same(one: Sequence[Chord], other: Sequence[Chord]) -> bool:
    """Whether two bars hold the same chords, however finely they are divided."""
    return [one[beat * len(one) // 4] for beat in range(4)] == [other[beat * len(other) // 4] for beat in range(4)]


def _draw(dice: random.Random, loops: Sequence[ChordLoop]) -> ChordLoop:
    return dice.choices(loops, [loop.weight for loop in loops])[0]


def _close(bars: Sequence[tuple[Chord, ...]], genre: Genre, key: Key, dice: random.Random) -> Bars:
    """Replace the last bars by a cadence, as far as there are bars and the genre knows one."""
    cadences = [each for each in genre.cadences if each.mode == _mode(key) and each.weight > 0]
    if not cadences:
        return tuple(bars)
    ending = _chords(dice.choices(cadences, [each.weight for each in cadences])[0].numerals, key)[-len(bars) :]
    return (*bars[: len(bars) - len(ending)], *ending)


def _mode(key: Key) -> str:
    return "minor" if key.is_minor else "major"


@lru_cache(maxsize=2048)
def _chords(numerals: str, key: Key) -> Bars:
    return tuple(
        tuple(chord.chord(key) if isinstance(chord, Numeral) else chord for chord in bar)
        for bar in parse_loop([numerals])
    )
