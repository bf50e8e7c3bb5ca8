import numpy as np
import pytest

from engines.codec.drums import BEATS
from tests.training.beats import make_drum_corpus
from training.drums.data import SOURCES, pieces
from training.drums.piece import grid


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return pieces(make_drum_corpus(tmp_path_factory.mktemp("data")))


def test_every_source_is_read(found):
    assert {piece.source for piece in found} == set(SOURCES)


def test_only_the_validation_split_of_groove_is_held_out(found):
    held = [piece for piece in found if piece.split == "test"]
    assert sorted(piece.name for piece in held) == ["d/0.mid", "d/12.mid"]  # 6 and 18 swing
    assert {piece.split for piece in found} <= {"train", "valid", "test"}


def test_other_metres_and_swing_are_left_out(found):
    names = {piece.name for piece in found}
    assert "d/7.mid" not in names
    assert not names & {f"d/{number}.mid" for number in range(2, 24, 4)}
    assert not any("odd" in name or "Waltz" in name or "Swing" in name for name in names)


def test_human_timing_is_on_the_grid_and_learned_from_groove_alone(found):
    for piece in found:
        assert piece.timed == (piece.source == "groove")
        assert piece.dynamic == (piece.source != "drum_patterns")
        if piece.timed:
            assert np.allclose(piece.bars[0].offsets[::2, 2], 10 / 59)
            assert piece.bars[0].hits[list(BEATS), 0].all()


def test_four_on_the_floor_songs_get_that_style(found):
    styles = {piece.source: piece.style for piece in found if piece.source.endswith(("projects", "midi"))}
    assert styles == {"lmms_projects": "four", "freedoom_midi": "metal"}


def test_breaks_are_fills_and_measures_loops(found):
    patterns = {piece.name: piece for piece in found if piece.source == "drum_patterns"}
    assert (patterns["machine/Disco 1"].fill, len(patterns["machine/Disco 1"].bars)) == ("no", 4)
    assert patterns["machine/Disco 1"].style == "four"
    assert (patterns["machine/Disco 1 fill"].fill, patterns["hydrogen/Rock Break 1 fill"].fill) == ("yes", "yes")
    assert patterns["machine/Disco 1"].bars[0].velocities[4, 1] > patterns["machine/Disco 1"].bars[0].velocities[0, 0]


def test_a_hit_just_before_the_bar_line_belongs_to_it():
    first, second = grid([(1910, 36, 1.0)], 2)
    assert not first.hits.any()
    assert second.hits[0, 0]
    assert second.offsets[0, 0] == pytest.approx(-10 / 59)


def test_the_other_half_of_a_session_stays_on_one_side(found):
    sides = {}
    for piece in found:
        if piece.source == "drum_patterns":
            sides.setdefault(piece.name.removesuffix(" fill").rsplit(" ", 1)[0], set()).add(piece.split)
    assert sides["machine/Disco"] and all(len(side) == 1 for side in sides.values())
