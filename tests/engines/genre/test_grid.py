import pytest

from engines.genre import NEVER, accents, thresholds
from engines.genre.grid import tones


def test_digits_are_thresholds_and_dots_never_play():
    assert thresholds("0.5.|9...|....|...1") == (0.0, NEVER, 0.5, NEVER, 0.9, *[NEVER] * 10, 0.1)


def test_digits_are_accents_and_dots_none():
    assert accents("9...|....|....|...0")[0] == 1.0
    assert sum(accents("9...|....|....|...0")) == 1.0


def test_bars_between_beats_are_for_the_eye():
    assert thresholds("0...0...0...0...") == thresholds("0...|0...|0...|0...")
    assert tones("R...|O...|F...|T..A") == "R...O...F...T..A"


def test_sixteen_steps_or_an_error():
    with pytest.raises(ValueError, match="has 4 steps, not 16"):
        thresholds("0...")
