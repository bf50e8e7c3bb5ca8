import importlib.util
import re

import matplotlib.image
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from engines.note import Bar, Note
from engines.studio import picture, picturestyle
from engines.studio.picture import BARS_PER_LINE, draw
from engines.units import VOICES
from tests.engines.studio.pieces import names, piece, sounding, written

WORDS = re.compile(r"<!-- (.*?) -->")  # matplotlib draws letters as paths, and says what they are beside


def words(made, folder) -> list[str]:
    return WORDS.findall(draw(made, folder / "x.svg").read_text())


def pixels(made, folder) -> np.ndarray:
    return matplotlib.image.imread(draw(made, folder / "x.png"))[..., :3]


def test_it_says_what_is_played_where(tmp_path):
    told = words(piece(), tmp_path)
    assert {"uplifting  ·  Am", "build  3", "drop  2", "drop  1", "tension wished", "heard", *VOICES} <= set(told)
    assert [name for name in told if name in ("Am", "F/A", "C", "G", "Dm")] == [
        "Am",
        "F/A",
        "C",
        "G",
        "Dm",
        "Am",
        "F/A",
        "Am",
    ]
    assert {"kick", "clap", "hat"} <= set(told)
    assert any("140 BPM" in word and "6 bars" in word for word in told)


def test_every_voice_has_its_colour(tmp_path):
    seen = pixels(piece(), tmp_path)
    for colour in (*picturestyle.VOICE.values(), picturestyle.HEARD):
        assert (np.abs(seen - to_rgb(colour)).max(axis=-1) < 0.5 / 255).any()


def test_long_pieces_are_set_in_lines_with_an_overview_above(tmp_path):
    long = written(structure=[{"section": "drop", "bars": 40}, {"section": "outro", "bars": 60}], accompaniment=False)
    told = words(long, tmp_path)
    assert told.count("tension") == 1 + -(-100 // BARS_PER_LINE)
    assert told.count("drop  40") == told.count("outro  60") == 2
    assert told.count("… drop") == 1  # goes on in the second line
    assert told.count("… outro") == 2
    once, more = pixels(piece(), tmp_path).shape, pixels(long, tmp_path).shape
    assert more[1] <= 16.9 * 120 + 1
    assert more[0] > once[0]


def test_the_tallest_piece_is_drawn_with_fewer_dots(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "MOST_DOTS", 300)
    assert pixels(piece(), tmp_path).shape[0] <= 300


@pytest.mark.parametrize("ending", [".png", ".svg", ".PNG"])
def test_the_same_piece_gives_the_same_bytes(tmp_path, ending):
    first, second = (draw(piece(), tmp_path / f"{name}{ending}").read_bytes() for name in "ab")
    assert first == second


def test_pieces_of_one_note_and_of_none_are_drawn(tmp_path):
    silent = sounding([{}] * 6)
    one = sounding([{"drums": Bar((Note(0, 1, 0, 1),))}, *[{}] * 5])
    assert "key 0" in words(one, tmp_path)
    assert not {"kick", "lead"} & set(words(silent, tmp_path))


def test_crowded_chords_shrink_into_their_room(tmp_path):
    crowded = written(chord_progression="Am7b5/Eb|Bbmaj9/D|F#m11/E|C#7", structure=[{"section": "drop", "bars": 32}])
    told = words(crowded, tmp_path)
    assert sum(word.startswith(("Am7b5", "F#m11", "C#7")) for word in told) == 3 * 32


def test_another_ending_is_refused_with_the_right_one(tmp_path):
    with pytest.raises(ValueError, match=r"'x\.jpg' does not fit; allowed: \.png or \.svg; nearest: x\.png"):
        draw(piece(), tmp_path / "x.jpg")


def test_without_matplotlib_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(
        picture, "find_spec", lambda name: None if name == "matplotlib" else importlib.util.find_spec(name)
    )
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'melody-engine\[picture\]'"):
        draw(piece(), tmp_path / "x.png")
    assert not names(tmp_path)


def test_a_place_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        draw(piece(), tmp_path / "none" / "x.png")
    assert not names(tmp_path)
