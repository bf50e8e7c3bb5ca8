import pytest

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import Numeral
from tests.engines.analysis.making import chorale
from training.corpus.said import Said
from training.judge.theory.marks import judged, marks, mirex, same_numeral
from training.judge.theory.opinion import Opinion, Word, baseline, ours
from training.judge.theory.truth import Truth

C, AM = Key(0, "major"), Key(9, "minor")


def said(tick: int, end: int, numeral: str, key: Key = C) -> Said:
    return Said(tick, end, Numeral.parse(numeral).chord(key), key, Numeral.parse(numeral))


def word(tick: int, end: int, numeral: str, key: Key = C) -> Word:
    return Word(tick, end, key, Numeral.parse(numeral).chord(key), Numeral.parse(numeral))


@pytest.mark.parametrize(
    ("found", "credit"), [("C", 1), ("G", 0.5), ("F", 0.5), ("Am", 0.3), ("Cm", 0.2), ("D", 0), ("Em", 0)]
)
def test_mirex_credit_of_c_major(found: str, credit: float) -> None:
    assert mirex(Key.parse(found), C) == credit


def test_mirex_credit_of_a_minor() -> None:
    assert [mirex(key, AM) for key in (AM, C, Key(9, "major"), Key(4, "minor"))] == [1, 0.3, 0.2, 0.5]


def test_what_is_right_of_one_chord() -> None:
    told = said(0, 1, "V65")
    assert all(judged(told, word(0, 1, "V65")).values())
    assert judged(told, word(0, 1, "V7"))["roman_exact"] is False
    assert judged(told, word(0, 1, "V")) == {
        "key": True,
        "root": True,
        "chord": False,
        "degree": True,
        "roman": False,
        "roman_inversion": False,
        "roman_exact": False,
    }
    elsewhere = judged(told, Word(0, 1, Key(7, "major"), Chord.parse("G7/B"), Numeral.parse("I")))
    assert (elsewhere["key"], elsewhere["chord"], elsewhere["degree"], elsewhere["roman"]) == (
        False,
        True,
        False,
        False,
    )
    assert not any(value for name, value in judged(told, Word(0, 1, C, None, None)).items() if name != "key")


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("V7/V", "V7/V", True),
        ("V/V", "II", False),
        ("V9", "V7", True),
        ("I64", "I", False),
        ("viio7", "viio7", True),
        ("V7/V", "V7/ii", False),
    ],
)
def test_numerals_are_the_same_chord_and_alike_applied(one: str, two: str, *, same: bool) -> None:
    assert same_numeral(Numeral.parse(one), Numeral.parse(two), C) is same


def test_shares_are_of_the_time_that_was_told() -> None:
    music = chorale("C F G7 C")
    song = Truth("x", "lieder", music, (said(0, 1920, "I"), said(3840, 5760, "V7")))
    found = marks(song, Opinion(C, (word(0, 1920, "I"), word(1920, 7680, "V"))))
    assert (found["key"], found["root"], found["chord"], found["roman"]) == (1, 1, 0.5, 0.5)
    assert (found["home"], found["mirex"], found["tonic"]) == (1, 1, 1)


def test_a_song_that_tells_tonics_alone_is_judged_by_them() -> None:
    song = Truth("x", "rs200", chorale("C F G7 C"), (said(0, 1920, "I"),), modes=False)
    assert marks(song, Opinion(Key(0, "minor"), ())) == {"tonic": 1.0}


def test_ours_beats_the_baseline_on_a_plain_cadence() -> None:
    music = chorale("F Bb C7 F Dm Gm C7 F")
    key = Key(5, "major")
    numerals = ["I", "IV", "V7", "I", "vi", "ii", "V7", "I"]
    song = Truth(
        "x", "lieder", music, tuple(said(n * 1920, (n + 1) * 1920, name, key) for n, name in enumerate(numerals))
    )
    assert marks(song, ours(music))["roman_exact"] == 1
    assert marks(song, baseline(music))["roman"] < 0.5
