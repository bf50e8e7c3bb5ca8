import numpy as np
import pytest

from engines.units import TICKS_PER_STEP, VOICES
from server.player.config import MidiConfig
from server.player.messages import Pulse
from server.player.wire import press
from server.timeline import Timeline
from tools.bench_timing import BPM, CONTROL_FRAMES, LOWEST, PITCHES, Feeder, _control, _intervals, _judge, _spread
from tools.jack_ruler import Heard

RATE = 48000
STEP_S = TICKS_PER_STEP * 60 / (BPM * 480)


def music(steps, error_s=lambda _: 0.0, lost=()):
    """A feeder and what an ear heard of it, 2 ms later than intended plus the error of each step."""
    feeder = Feeder(MidiConfig())
    feeder.timeline = Timeline(BPM, 0, 100.0)
    feeder.pulses.append(Pulse(0.0, 0, 0, {"lead": 2}, 1.5, 0))
    heard = []
    for step in set(range(steps)) - set(lost):
        time = 100.0 + step * STEP_S + 0.002 + error_s(step)
        data = press(0, LOWEST + step % PITCHES, 1 + step // PITCHES % 127)
        heard += [Heard(round(time * RATE), time, voice, data) for voice in VOICES]
    return heard, feeder


def test_a_constant_is_told_apart_from_errors():
    figures = _judge(*music(400, error_s=lambda step: 0.001 if step == 50 else 0.0))
    assert figures["constant_ms"] == pytest.approx(2.0, abs=1e-6)
    assert figures["clock"]["max"] == pytest.approx(1.0, abs=1e-6)
    assert figures["clock"]["p50"] == pytest.approx(0.0, abs=1e-6)
    assert figures["grid"]["max"] == pytest.approx(1.0, abs=0.05)
    assert figures["late"] == {"lead": 2}


def test_lost_and_doubled_notes_are_counted_and_shift_nothing():
    heard, feeder = music(9000, lost=(7, 8500))
    figures = _judge([*heard, heard[3]], feeder)
    assert figures["lost"] == 2 * len(VOICES)
    assert figures["doubled"] == 1
    assert figures["clock"]["max"] < 1e-6


def test_the_control_counts_what_the_machine_loses():
    frames = [turn * CONTROL_FRAMES for turn in range(10) if turn != 4]
    figures = _control([Heard(frame, 0.0, "control", b"\xf8") for frame in (*frames, frames[-1])])
    assert (figures["messages"], figures["lost"], figures["doubled"]) == (10, 1, 1)
    assert figures["error"]["max"] == 0.0


def test_intervals_leave_out_gaps():
    figures = _intervals([0.0, 10.0, 20.0, 30.1, 80.0, 90.0])
    assert figures["irregular"] == 1
    assert figures["mean_ms"] == pytest.approx(10.025)
    assert _spread(np.array([-3.0, 1.0]))["max"] == 3.0
