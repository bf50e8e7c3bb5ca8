import numpy as np
import pytest

from engines.analysis.cadence import cadences
from engines.analysis.harmony import Heard
from engines.analysis.metre import Grid
from engines.analysis.music import Music
from engines.analysis.numerals import named
from engines.theory.chord import Chord
from engines.theory.key import Key
from tests.engines.analysis.making import line, track

BAR = 1920


def kinds(chords: str, melody: list[int], key: str = "C", ends: tuple[int, ...] = (4,)) -> list[str]:
    """Return the kinds of cadences of one chord a bar with one melody note a bar; a phrase ends behind the bars `ends`."""
    tune = track(line(melody, BAR))
    music = Music((tune,))
    heard = [Heard(n * BAR, n * BAR + BAR, Chord.parse(name), Key.parse(key)) for n, name in enumerate(chords.split())]
    found = cadences(named(tuple(heard)), Grid(music), tune.notes, frozenset(end * BAR for end in ends))
    return [each.kind for each in found]


@pytest.mark.parametrize(
    ("chords", "melody", "key", "kind"),
    [
        ("C F G7 C", [67, 69, 71, 72], "C", "authentic perfect"),
        ("C F G7 C", [67, 69, 71, 76], "C", "authentic imperfect"),
        ("C F G7/B C", [67, 69, 71, 72], "C", "authentic imperfect"),
        ("C F G C/E", [67, 69, 71, 72], "C", "authentic imperfect"),
        ("C C/G G7 C", [67, 67, 71, 72], "C", "authentic perfect"),
        ("C F Bdim C", [67, 69, 71, 72], "C", "authentic imperfect"),
        ("Am Dm E7 Am", [69, 69, 68, 69], "Am", "authentic perfect"),
        ("C Am F G", [67, 69, 69, 71], "C", "half"),
        ("C F F C", [67, 69, 69, 67], "C", "plagal"),
        ("C F G7 Am", [67, 69, 71, 72], "C", "deceptive"),
        ("Am Dm E7 F", [69, 69, 68, 69], "Am", "deceptive"),
    ],
)
def test_kinds_of_cadences(chords: str, melody: list[int], key: str, kind: str) -> None:
    assert kinds(chords, melody, key) == [kind]


@pytest.mark.parametrize(
    ("chords", "key"), [("Am F Em Am", "Am"), ("Am F G Am", "Am"), ("C Em Am Em", "C"), ("C F D7 G7", "C")]
)
def test_what_has_no_leading_tone_or_comes_to_no_rest_is_no_cadence(chords: str, key: str) -> None:
    assert kinds(chords, [60, 60, 60, 60], key) == []


def test_a_step_amid_a_phrase_is_none() -> None:
    assert kinds("C G7 C F G7 C F C", [60] * 8, ends=(8,)) == ["plagal"]


def test_without_a_lead_the_end_of_the_music_is_an_arrival() -> None:
    music = Music((track(line([60] * 4, BAR)),))
    heard = [
        Heard(n * BAR, n * BAR + BAR, Chord.parse(name), Key(0, "major"))
        for n, name in enumerate(["C", "F", "G7", "C"])
    ]
    found = cadences(named(tuple(heard)), Grid(music), np.zeros((0, 4), np.int64))
    assert [(each.tick, each.kind, each.first, each.last) for each in found] == [
        (3 * BAR, "authentic imperfect", "V7", "I")
    ]
