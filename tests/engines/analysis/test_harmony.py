from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engines.analysis.harmony import Heard, harmony
from engines.analysis.metre import Grid
from engines.analysis.music import Metre, Music
from engines.analysis.odds import load_idioms
from engines.analysis.settings import settings
from tests.engines.analysis.making import blocks, chorale, track


def heard(music: Music) -> tuple[Heard, ...]:
    return harmony(music, Grid(music), None, load_idioms(), settings().decoding)[0]


def names(music: Music) -> list[str]:
    return [each.chord.name for each in heard(music)]


def keys(music: Music) -> list[str]:
    return list(dict.fromkeys(each.key.name for each in heard(music)))


def test_a_cadence_is_heard_as_it_is_written() -> None:
    music = chorale("C Dm7 G7 C")
    assert names(music) == ["C", "Dm7", "G7", "C"]
    assert keys(music) == ["C"]


def test_minor_keys_have_their_dominant() -> None:
    music = chorale("Am Dm E7 Am F Dm E7 Am")
    assert keys(music) == ["Am"]


@pytest.mark.parametrize("metre", [Metre(0, 3, 4), Metre(0, 6, 8), Metre(0, 2, 4)])
def test_other_metres(metre: Metre) -> None:
    music = chorale("G C D7 G", metre)
    assert names(music) == ["G", "C", "D7", "G"]
    assert [each.tick for each in heard(music)] == Grid(music).bars[:4].tolist()


def test_a_modulation_is_found() -> None:
    music = chorale("C F G7 C C F G7 C " + "E Am E7 A D E7 A D Bm E7 A A D E7 A")
    assert keys(music)[0] == "C"
    assert keys(music)[-1] == "A"


def test_inversions_have_their_bass() -> None:
    assert names(chorale("C C/E F G7 C"))[1] == "C/E"


@pytest.mark.parametrize("by", [1, 5, 11])
def test_analysis_turns_with_the_music(by: int) -> None:
    music = chorale("C Am F G7 C F G7 C")
    moved = msgspec.structs.replace(music.tracks[0], notes=music.tracks[0].notes + np.array([0, 0, by, 0]))
    higher = heard(Music((moved,), music.metres))
    assert [(each.chord.root, each.key.tonic) for each in higher] == [
        ((each.chord.root + by) % 12, (each.key.tonic + by) % 12) for each in heard(music)
    ]


def test_broken_chords_are_one_chord() -> None:
    rows = [
        (n * 240, 240, pitch)
        for n, pitch in enumerate([36, 55, 60, 64] * 2 + [43, 55, 59, 62] * 2 + [36, 55, 60, 64] * 2)
    ]
    assert names(Music((track(rows),))) == ["C", "G", "C"]


def test_silence_has_no_chord_and_drums_have_none() -> None:
    late = track([(tick + 3840, length, pitch) for tick, length, pitch in blocks(["C", "G"], 1920)])
    assert heard(Music((late,)))[0].tick == 3840
    assert heard(Music((track([(0, 120, 36)], drum=True),))) == ()


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 4000), st.integers(0, 127)), min_size=1, max_size=25))
@hypothesis_settings(deadline=None, max_examples=25)
def test_spans_are_in_order_and_within_the_music(rows: list[tuple[int, int, int]]) -> None:
    music = Music((track(rows),))
    found = heard(music)
    assert found
    assert all(each.tick < each.end for each in found)
    assert all(one.end <= two.tick for one, two in pairwise(found))
    assert found[-1].end <= Grid(music).bars[-1]
