from pathlib import Path

import pytest

from engines.theory.key import Key
from tests.training.judge.theory.making import NAMES, folder, lied
from training.judge.theory.songs import lieder, pop909, rock_said, rs200, side


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return folder(tmp_path)


def test_sides_hang_on_names_and_hold_out_about_a_third() -> None:
    sides = [side(f"song {n}") for n in range(1000)]
    assert sides == [side(f"song {n}") for n in range(1000)]
    assert 0.25 < sides.count("test") / 1000 < 0.35


def test_a_lied_is_laid_over_its_notes_behind_the_pickup(data: Path) -> None:
    (song,) = lieder(data, "test")  # the one whose notes are another piece is left out
    assert song.name == lied("test")
    assert song.music.pitched[0, :3].tolist() == [1440, 480, 43]
    assert [(each.tick, each.chord.name) for each in song.said][:5] == [
        (1920, "C"),
        (3840, "F"),
        (5760, "G7"),
        (7680, "C"),
        (8640, "D7"),
    ]
    assert len(song.said) == sum(len(name.split(":")) for name in NAMES)
    assert song.home() == Key(0, "major")
    assert song.numerals


def test_the_sides_share_no_song(data: Path) -> None:
    for read in (lieder, pop909, rs200):
        test, train = ({song.name for song in read(data, which)} for which in ("test", "train"))
        assert len(test) == len(train) == 1
        assert not test & train


def test_pop_songs_have_chords_and_keys(data: Path) -> None:
    (song,) = pop909(data, "test")
    assert [each.chord.name for each in song.said][:4] == ["Am", "F", "C", "G"]
    assert {each.key for each in song.said} == {Key(0, "major")}
    assert not song.numerals


def test_rock_songs_tell_a_tonic_and_numerals(data: Path) -> None:
    (song,) = rs200(data, "test")
    assert not song.modes
    assert [each.numeral.name for each in song.said if each.numeral][:6] == ["I", "IV", "V", "I", "I", "IV"]
    assert [track.name for track in song.music.tracks] == ["melody", "chords"]


def test_rock_chords_hold_over_dots_and_bars_and_end_at_a_rest() -> None:
    found = list(rock_said("[D] I . V . | | R | bVII |"))
    assert [(each.tick, each.end, each.chord.name) for each in found] == [
        (0, 960, "D"),
        (960, 3840, "A"),
        (5760, 7680, "C"),
    ]
