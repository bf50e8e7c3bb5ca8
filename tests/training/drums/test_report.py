import numpy as np
import pytest

from engines.codec.drums import COUNT, Hits
from training.drums.piece import Piece
from training.drums.report import baselines, figures, means


def piece(*bars, timed=True):
    return Piece("p", "s", "", "four", "no", dynamic=True, timed=timed, bars=bars)


def bar(number, velocity, offset=0.0):
    made = Hits.silence()
    made.hits[0, number], made.velocities[0, number], made.offsets[0, number] = True, velocity, offset
    return made


def test_a_drum_that_was_never_learned_is_guessed_as_the_mean_of_all_others():
    found = means([piece(bar(0, 0.4), bar(1, 0.6))], [piece(bar(2, 1.0, 1.0))])
    assert found["mean_velocity_mae"] == pytest.approx(0.5 * 127)
    assert found["mean_timing_mae_ticks"] == pytest.approx(59)


def test_where_no_hand_played_nothing_is_said_of_its_touch():
    assert means([piece(bar(0, 0.4), timed=False)], [piece(bar(0, 0.5))]) == {}
    assert means([piece(bar(0, 0.4))], [piece(bar(0, 0.5), timed=False)]) == {}


def test_single_bars_repeat_nothing():
    assert baselines([piece(bar(0, 0.4))], [piece(bar(0, 0.5))])["repeat_hit_f1"] == 0


def test_velocity_and_timing_are_judged_where_they_are_worth_it():
    targets = np.zeros((1, 2, 3 * COUNT + 2), np.float32)
    targets[..., 0] = 1  # two kicks, the second of them played
    targets[..., COUNT] = 1.0
    targets[0, 1, -2:] = 1
    logits = np.zeros((1, 2, 3 * COUNT + COUNT * (COUNT - 1) // 2), np.float32)
    logits[0, 0, -2 * COUNT] = 9.0
    found = figures(logits, targets, np.ones((1, 2), np.float32))
    assert found["velocity_mae"] == pytest.approx(0.5 * 127)
    targets[..., -2:] = 0
    assert figures(logits, targets, np.ones((1, 2), np.float32))["velocity_mae"] == 0
