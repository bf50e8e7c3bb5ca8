import math

import numpy as np
import pytest
from hypothesis import given

from engines.measure import pitch
from engines.measure.line import line_of
from tests.engines.measure.making import lines, scale


def test_entropies_by_hand() -> None:
    # C comes twice (60, 72) of eight: one class at 1/4, six at 1/8
    assert pitch.pitch_class_entropy(scale()) == pytest.approx(0.25 * 2 + 6 * 0.125 * 3)
    assert pitch.pitch_entropy(scale()) == pytest.approx(3.0)
    two = line_of([(0, 4, 60), (4, 4, 60), (16, 4, 62), (48, 4, 62)], 4)  # bars: CC, D, none, D
    assert pitch.pitch_class_entropy(two) == pytest.approx(1.0)
    assert pitch.windowed_entropy(two, 1) == 0.0  # the empty bar is skipped, not counted
    h2 = (-(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3)) + 0 + 0) / 3  # windows CCD, D, D
    assert pitch.windowed_entropy(two, 2) == pytest.approx(h2)
    assert pitch.windowed_entropy(two, 5) == 0.0


def test_scale_consistency_finds_the_right_scale() -> None:
    assert pitch.scale_consistency(scale()) == 1.0
    f_sharp_major = line_of([(2 * n, 2, p + 6) for n, p in enumerate((60, 62, 64, 65, 67, 69, 71))], 1)
    assert pitch.scale_consistency(f_sharp_major) == 1.0
    chromatic = line_of([(n, 1, 60 + n) for n in range(12)], 1)
    assert pitch.scale_consistency(chromatic) == pytest.approx(7 / 12)


def test_steps_and_leaps() -> None:
    line = line_of([(0, 1, 60), (1, 1, 62), (2, 1, 62), (3, 1, 69), (4, 1, 61)], 1)  # 2, 0, 7, 8 semitones
    assert pitch.step_share(line) == 0.5
    assert pitch.leap_share(line) == 0.25
    assert pitch.notes_per_bar(line) == 5.0
    assert pitch.mean_pitch(line) == pytest.approx(62.8)


@given(lines)
def test_nothing_changes_in_another_key(line: object) -> None:
    moved = line_of([(s, n, p + 5) for s, n, p in zip(line.starts, line.lengths, line.notes, strict=True)], 4)
    for measure in (pitch.pitch_class_entropy, pitch.pitch_entropy, pitch.scale_consistency, pitch.step_share):
        assert measure(moved) == pytest.approx(measure(line))
    assert 0 <= pitch.pitch_class_entropy(line) <= math.log2(12) + 1e-9
    assert 7 / 12 - 1e-9 <= pitch.scale_consistency(line) <= 1 or len(line.notes) < 12


def test_silence_has_no_pitch() -> None:
    empty = line_of([], 2)
    values = [pitch.pitch_class_entropy(empty), pitch.scale_consistency(empty), pitch.step_share(empty)]
    assert np.allclose(values, 0)
