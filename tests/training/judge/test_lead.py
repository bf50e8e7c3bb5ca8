import numpy as np
import pytest

from engines.measure.line import Line, line_of
from engines.note import Bar, Note
from tests.training.judge.making import made, small
from training.judge.blueprints import Blueprint, choose
from training.judge.lead import judge, lines, swap_drop
from training.judge.result import LEARNED, REAL, UNDERSTUDY


def following(each: Blueprint) -> Line:
    """Tones of the chord that runs, a beat each."""
    notes = [(4 * n, 4, 60 + chord.pitch_classes[n % 3]) for n, chord in enumerate(each.chords[:-1])]
    return line_of(notes, each.bars)


def deaf(each: Blueprint) -> Line:
    """Any notes."""
    dice = np.random.default_rng(each.bar)
    return line_of([(2 * n, 2, int(dice.integers(50, 90))) for n in range(64)], each.bars)


CHOSEN = choose(made(6), 12, 0)


def test_who_follows_the_chords_loses_by_a_swap_and_who_is_deaf_does_not() -> None:
    found = {each.name: following(each) for each in CHOSEN}
    assert swap_drop(CHOSEN, found, moved=False) > 0.4
    assert abs(swap_drop(CHOSEN, {each.name: deaf(each) for each in CHOSEN}, moved=False)) < 0.1
    # all songs go over one loop: in one key their chords are the same
    assert swap_drop(CHOSEN, found, moved=True) == pytest.approx(0)
    assert swap_drop(CHOSEN, {}, moved=False) is None


def test_real_music_as_a_player_is_as_real_and_noise_is_not() -> None:
    everything = made(6)
    players = {
        LEARNED: {each.name: each.line for each in CHOSEN},
        UNDERSTUDY: {each.name: deaf(each) for each in CHOSEN},
    }
    figures, bands, tests = judge(everything, CHOSEN, players, small())
    found = {figure.name: figure for figure in figures}
    assert found["lead.bands.medians"].value == 1 > found["lead.bands.medians"].baseline
    assert found["lead.bands.medians.real"].value == 1
    for name in ("lead.oa.mean", "lead.oa.values", "lead.bands.excerpts"):
        assert found[name].value > found[name].baseline + 0.1, name
    assert found["lead.vendi"].value == pytest.approx(1)
    assert found["lead.jsd.pitch_class"].value == found["lead.jsd.ioi"].value == pytest.approx(0)
    assert found["lead.self_similarity_error"].value < found["lead.self_similarity_error"].baseline
    assert {REAL, LEARNED, UNDERSTUDY} <= set(bands[0].means)
    steps = next(test for test in tests if test.feature == "step_share")
    assert (steps.test, steps.count, steps.better) == ("wilcoxon", 12, LEARNED)
    assert steps.high < 0


def test_bars_become_lines() -> None:
    played = {"x": [Bar((Note(0, 480, 60, 90),)), Bar((Note(480, 480, 62, 90),))]}
    assert lines(played)["x"].starts.tolist() == [0, 20]
