"""The verification of the analysis: every figure ours, music21's and a baseline's, over the same held-out songs."""

from collections.abc import Callable, Iterator
from itertools import islice, pairwise, zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from engines.analysis.cadence import Cadence, cadences
from engines.analysis.lead import lead_of, line_of
from engines.analysis.melody import shape
from engines.analysis.metre import Grid, beat
from engines.analysis.numerals import Named, function, numeral_of
from engines.analysis.settings import settings
from training.corpus.said import Said
from training.judge.theory import songs
from training.judge.theory.marks import marks, same_numeral
from training.judge.theory.opinion import BASELINE, MUSIC21, OURS, Analyser, Opinion, baseline, ours
from training.judge.theory.truth import Side, Truth

Tick = Callable[[str], None]

CORPORA: Final = {"lieder": songs.lieder, "pop909": songs.pop909, "rs200": songs.rs200}
ABOUT: Final = {
    "home": "the key of the whole is that in which most of the analysis stands",
    "mirex": "MIREX credit of the key of the whole: 1, fifth .5, relative .3, parallel .2",
    "tonic": "the tonic of the whole",
    "key": "share of the time in which the key (tonic and mode) is right",
    "root": "share of the time in which the chord's root is right",
    "chord": "share of the time in which root and quality are right",
    "degree": "share of the time in which the root's degree above the own tonic is right",
    "roman": "share of the time in which key, root and quality are right",
    "roman_inversion": "share of the time in which key, root, quality and bass are right",
    "roman_exact": "the same, and it is written as a secondary dominant (V7/ii) where the analyst does so",
    "numeral_told": "share of told chords whose numeral is the analyst's as in roman_exact, key and chord told",
    "cadence_f1": "F1 of cadences heard in the notes to those which the same rules find in the analyst's chords",
}


class Figure(msgspec.Struct, frozen=True):
    """One figure: mean over n songs. None: this one has no such opinion."""

    name: str
    ours: float
    music21: float | None
    baseline: float | None
    n: int


def judge(data: Path, count: int, side: Side, tick: Tick, *, rival: bool = True) -> list[Figure]:
    """Return every figure over at most `count` songs of each corpus that is there; `tick` is called for each song."""
    analysers: dict[str, Analyser] = {OURS: ours, BASELINE: baseline}
    if rival:
        from training.judge.theory.rival import music21

        analysers[MUSIC21] = music21
    found = []
    for corpus in there(data):
        rows = [_song(song, analysers, tick) for song in islice(CORPORA[corpus](data, side), count)]
        found += list(_figures(corpus, rows))
    return found


def there(data: Path) -> list[str]:
    """Return the corpora whose folders are there."""
    needed = {"lieder": ("when_in_rome_lieder", "openscore_lieder"), "pop909": ("pop909",), "rs200": ("rs200",)}
    return [corpus for corpus in CORPORA if all((data / folder).is_dir() for folder in needed[corpus])]


def _song(song: Truth, analysers: dict[str, Analyser], tick: Tick) -> dict[str, dict[str, float]]:
    tick(f"{song.corpus} {song.name}")
    opinions = {name: analyser(song.music) for name, analyser in analysers.items()}
    found = {name: marks(song, opinion) for name, opinion in opinions.items()}
    if song.numerals:
        for name, value in told(song, rival=MUSIC21 in analysers).items():
            found[name]["numeral_told"] = value
    if song.numerals and song.modes:
        found[OURS]["cadence_f1"] = cadence_f1(song, opinions[OURS])
    return found


def _figures(corpus: str, rows: list[dict[str, dict[str, float]]]) -> Iterator[Figure]:
    for name in ABOUT:
        having = [row for row in rows if name in row[OURS]]
        if having:
            means = {who: _mean([row[who][name] for row in having if name in row.get(who, {})]) for who in _WHO}
            yield Figure(f"analysis.{corpus}.{name}", means[OURS] or 0.0, means[MUSIC21], means[BASELINE], len(having))


_WHO: Final = (OURS, MUSIC21, BASELINE)


def _mean(values: list[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


def told(song: Truth, *, rival: bool) -> dict[str, float]:
    """Return how many numerals are the analyst's where chord and key are told, by who names them."""
    chosen = [each for each in song.said if each.numeral is not None and each.key is not None]
    if not chosen:
        return {}
    after = [two.chord if one.end == two.tick else None for one, two in pairwise(chosen)]
    right: dict[str, list[bool]] = {OURS: []}
    for each, following in zip(chosen, [*after, None], strict=True):
        right[OURS].append(same_numeral(each.numeral, numeral_of(each.chord, each.key, following), each.key))
        if rival:
            from training.judge.theory.rival import asked

            pitches = frozenset({36 + each.chord.bass, *(48 + pc for pc in each.chord.pitch_classes)})
            right.setdefault(MUSIC21, []).append(same_numeral(each.numeral, asked(pitches, each.key)[1], each.key))
    return {name: float(np.mean(values)) for name, values in right.items()}


def cadence_f1(song: Truth, opinion: Opinion) -> float:
    """Return F1 0..1 of the cadences heard; 1 where there are none on either side."""
    grid, using = Grid(song.music), settings()
    lead = lead_of(song.music, using.lead_names)
    line = line_of(lead.notes) if lead else song.music.pitched[:0]
    form = shape(line, using.melody)
    ends = frozenset(phrase.end for phrase in form.phrases) if form else frozenset()
    wanted, heard = (cadences(chords, grid, line, ends) for chords in (_named(song.said), _named(opinion.words)))
    hits = sum(any(_same(one, two, grid) for two in heard) for one in wanted)
    found = sum(any(_same(one, two, grid) for one in wanted) for two in heard)
    return (hits + found) / (len(wanted) + len(heard)) if wanted or heard else 1.0


def _same(one: Cadence, two: Cadence, grid: Grid) -> bool:
    return one.kind == two.kind and abs(one.tick - two.tick) <= beat(grid.metre(one.tick))


def _named(chords: Any) -> tuple[Named, ...]:
    known: list[Said] = [each for each in chords if each.key is not None and each.numeral is not None and each.chord]
    return tuple(
        Named(c.tick, c.end, c.chord, c.key, c.numeral, function(c.numeral, c.key, after.chord if after else None))
        for c, after in zip_longest(known, known[1:])
    )


def about(name: str) -> str:
    """Return what a figure's name means."""
    return ABOUT[name.rsplit(".", 1)[-1]]


def as_json(figures: list[Figure], side: Side) -> dict[str, Any]:
    """Return the JSON form: every figure by its name, then the same of music21 and the baseline, n, what each means."""
    return {
        **{figure.name: figure.ours for figure in figures},
        "music21": {figure.name: figure.music21 for figure in figures if figure.music21 is not None},
        "baselines": {figure.name: figure.baseline for figure in figures if figure.baseline is not None},
        "n": {figure.name: figure.n for figure in figures},
        "about": ABOUT,
        "side": side,
    }
