"""Performances: what lies off the grid is found, and only where somebody played."""

import numpy as np
import pytest

from tests.training.touch.making import make_performances, performance
from training.touch.data import LEVEL_BARS, divide, takes
from training.touch.freely import click, freely, wrap


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return takes(make_performances(tmp_path_factory.mktemp("data"), songs=10))


def test_a_performance_comes_back_as_steps_and_what_it_left_of_them(found):
    take = next(take for take in found if take.song == "003" and take.voice == "lead")
    straight, played = performance(3, 24)
    assert (take.steps * 120 == [tick for tick, _, _ in straight]).all()
    assert (take.pitches == [pitch for _, pitch, _ in straight]).all()
    there = np.isfinite(take.late)
    off = np.array([own[0] - tick[0] for own, tick in zip(played, straight, strict=True)], float)
    assert there.mean() > 0.8
    assert np.ptp((take.late - off)[there]) == 0.0, "but for the player's own median"
    assert abs(np.median(take.late[there])) < 1


def test_a_line_on_the_grid_teaches_no_timing(found):
    lines = [take for take in found if take.voice == "bass"]
    assert lines and all(np.isnan(take.late).all() for take in lines)
    assert all(np.isnan(take.loud).all() for take in lines), "four velocities were programmed"


def test_loudness_is_told_apart_from_what_is_loud(found):
    take = next(take for take in found if take.voice == "lead")
    part = take.steps // (16 * LEVEL_BARS)
    assert all(abs(take.loud[part == number].mean()) < 1e-9 for number in np.unique(part))


def test_other_metres_are_left_out(found):
    assert "000" not in {take.song for take in found}


def test_voices_of_a_song_stay_on_one_side(found):
    sides = divide(found)
    train, test = ({take.song for take in sides[side]} for side in ("train", "test"))
    assert train and not train & test
    assert train | test == {take.song for take in found}


def test_without_the_originals_it_says_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="main_midi"):
        takes(tmp_path)


@pytest.mark.parametrize("name", ["straight", "swung", "triplets", "template", "thirty-seconds"])
def test_what_a_machine_made_was_not_played_freely(name):
    steps = np.arange(200) * 120
    dice = np.random.default_rng(0)
    off = {
        "straight": np.zeros(200),
        "swung": np.arange(200) % 2 * 23,
        "triplets": dice.choice([0, 40, -40], 200) + dice.integers(-3, 4, 200),
        "template": np.array([0, 9, -5, 14])[np.arange(200) % 4],
        "thirty-seconds": dice.choice([0, 60], 200) + dice.integers(-8, 9, 200),
    }[name]
    assert not freely((steps + off).astype(np.int64))[1].any()


def test_what_a_hand_made_was():
    off = np.rint(np.random.default_rng(0).normal(9, 12, 200)).astype(np.int64)
    late, free = freely(np.arange(200) * 120 + off)
    assert free.mean() > 0.9
    assert np.allclose(late[free], (off - np.median(off[free]))[free], atol=1)


def test_ticks_are_wrapped_to_the_nearest_step_and_the_click_is_where_most_are():
    assert wrap(np.array([0, 59, 60, 119, 121])).tolist() == [0, 59, -60, -1, 1]
    assert click(np.array([119, 239, 240 + 119, 5, 64])) in (118, 119, 0)
