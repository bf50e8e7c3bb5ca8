"""What wanders in a known way is found to wander so."""

import numpy as np
import pytest

from engines.hand import Wander
from training.touch.wandering import FARTHEST, Strokes, expect, learn

KNOWN = Wander(drift=0.5, beat=0.15, bar=0.1, stroke=0.15, note=0.1, drift_keeps=0.8, habit_keeps=0.85, spread=10.0)


def played(wander, takes=120, bars=16, chord=2):
    """Notes of made-up takes, chords on every step."""
    dice = np.random.default_rng(1)
    found = []
    for take in range(takes):
        shared = np.concatenate([wander.strokes(take, bar) for bar in range(bars)])
        steps = np.repeat(np.arange(len(shared)), chord)
        own = dice.standard_normal(len(steps)) * np.sqrt(wander.note)
        found.append((steps, wander.spread * (shared[steps] + own)))
    return found


def test_a_known_wander_is_learned_from_what_it_drew():
    found = learn(played(KNOWN))
    for name in ("drift", "stroke", "note", "drift_keeps"):
        assert getattr(found, name) == pytest.approx(getattr(KNOWN, name), abs=0.08), name
    assert found.beat + found.bar == pytest.approx(KNOWN.beat + KNOWN.bar, abs=0.08)
    assert found.spread == pytest.approx(KNOWN.spread, rel=0.05)


def test_white_noise_is_found_to_be_white():
    dice = np.random.default_rng(0)
    found = learn([(np.arange(400), dice.standard_normal(400)) for _ in range(40)])
    assert found.stroke > 0.9 and found.note == 0.0


def test_what_is_expected_is_nearer_and_as_sure_as_it_says():
    miss, sure, whole = [], [], []
    for notes in played(KNOWN, takes=40, chord=1):
        strokes = Strokes.of(*notes)
        mean, variance = expect(strokes, KNOWN)
        miss.append(strokes.values - mean)
        sure.append(variance + KNOWN.note * KNOWN.spread**2)
        whole.append(strokes.values)
    miss, sure, whole = (np.concatenate(each) for each in (miss, sure, whole))
    assert np.mean(miss**2) == pytest.approx(sure.mean(), rel=0.08)
    assert np.mean(miss**2) < 0.75 * np.mean(whole**2)


def test_nothing_heard_nothing_expected():
    mean, variance = expect(Strokes.of(np.array([0, FARTHEST + 1, 3 * FARTHEST]), np.full(3, 9.0)), KNOWN)
    assert np.allclose(mean, 0) and np.allclose(variance, (1 - KNOWN.note) * KNOWN.spread**2)


def test_what_comes_later_tells_nothing():
    notes = played(KNOWN, takes=1, bars=8)[0]
    part = notes[0] < 64
    early, whole = (expect(Strokes.of(*each), KNOWN)[0] for each in ((notes[0][part], notes[1][part]), notes))
    assert np.allclose(early, whole[: len(early)])


def test_strokes_are_the_means_of_what_begins_together():
    strokes = Strokes.of(np.array([3, 3, 8]), np.array([1.0, 2.0, 5.0]))
    assert (strokes.steps.tolist(), strokes.values.tolist(), strokes.counts.tolist()) == ([3, 8], [1.5, 5.0], [2, 1])
