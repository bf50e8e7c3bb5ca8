import numpy as np
import pytest

from tools.bench_web import NEAR_S, errors
from tools.jack_ruler import Heard


def press(time, pitch=60, port="lead"):
    return Heard(0, time, port, bytes((0x90, pitch, 90)))


def test_every_press_is_held_against_the_note_that_was_meant_less_the_constant():
    meant = {("lead", 60): [3.0, 1.0, 2.0], ("pad", 48): [1.0]}
    heard = [press(1.010), press(2.010), press(3.015), press(1.010, 48, "pad")]
    found, stray = errors(heard, meant)
    assert stray == 0
    assert found == pytest.approx(np.array([0.0, 0.0, 5.0, 0.0]), abs=1e-6)


def test_what_nobody_meant_is_counted_apart():
    found, stray = errors([press(1.0), press(1.0, 61), press(1.0 + 2 * NEAR_S)], {("lead", 60): [1.0]})
    assert (len(found), stray) == (1, 2)
