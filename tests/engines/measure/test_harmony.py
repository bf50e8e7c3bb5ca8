import math

import numpy as np
import pytest
from hypothesis import given

from engines.measure import harmony
from engines.measure.line import chord_rows, line_of
from tests.engines.measure.making import lines, rows, scale


def test_chord_tones_by_hand() -> None:
    line, c = scale(), rows("C")  # C D E F G A B C: C E G C fit; strong steps 0 (C) and 8 (G)
    assert harmony.chord_tone_share(line, c) == 0.5
    assert harmony.chord_tone_share(line, c, strong=True) == 1.0
    assert harmony.note_in_chord(line, c) == 0.5
    assert harmony.ctnctr(line, c) == 1.0  # every foreign note goes on by a step
    leaping = line_of([(0, 4, 62), (4, 4, 67), (8, 4, 66), (12, 4, 60)], 1)  # D leaps, F# leaps
    assert harmony.ctnctr(leaping, c) == 0.5


def test_onsets_and_frames_differ() -> None:
    line = line_of([(0, 12, 60), (12, 4, 61)], 1)
    assert harmony.chord_tone_share(line, rows("C")) == 0.5
    assert harmony.note_in_chord(line, rows("C")) == 0.75


def test_consonance_goes_from_the_chord_up() -> None:
    line = line_of([(0, 16, 65)], 1)  # F over C E G: fourth 0, minor ninth -1, minor seventh -1
    assert harmony.consonance(line, rows("C")) == pytest.approx(-2 / 3)
    line = line_of([(0, 16, 60)], 1)  # C over C: unison +1, over E: minor sixth +1, over G: fourth 0
    assert harmony.consonance(line, rows("C")) == pytest.approx(2 / 3)
    assert harmony.consonance(line_of([(0, 16, 48)], 1), rows("C")) == pytest.approx(2 / 3)  # mod 12, not abs()


def test_tonal_centroids() -> None:
    fifth = np.linalg.norm(harmony.centroid(np.eye(12)[0]) - harmony.centroid(np.eye(12)[7]))
    tritone = np.linalg.norm(harmony.centroid(np.eye(12)[0]) - harmony.centroid(np.eye(12)[6]))
    # a fifth is one twelfth of the first circle, a quarter of the second, a third of the last
    assert fifth == pytest.approx(
        math.sqrt((2 * math.sin(math.pi / 12)) ** 2 + 2 + (2 * 0.5 * math.sin(math.pi / 3)) ** 2)
    )
    assert tritone > fifth
    single = np.eye(12)[[0] * 16].astype(bool)
    assert harmony.melody_chord_distance(line_of([(0, 16, 60)], 1), single) == pytest.approx(0)
    weighted = line_of([(0, 12, 60), (12, 4, 67)], 1)
    assert harmony.melody_chord_distance(weighted, single) == pytest.approx(fifth / 4)


def test_unknown_chords_are_not_judged() -> None:
    nothing = chord_rows([None] * 4)
    for measure in (harmony.chord_tone_share, harmony.note_in_chord, harmony.ctnctr, harmony.consonance):
        assert measure(scale(), nothing) is None
    assert harmony.melody_chord_distance(scale(), nothing) is None
    assert harmony.chord_swap(scale(), rows("C"), nothing) is None
    half = np.concatenate([rows("C")[:8], nothing[:8]])
    assert harmony.note_in_chord(scale(), half) == 0.5


def test_a_swap_to_foreign_chords_drops() -> None:
    assert harmony.chord_swap(scale(), rows("C"), rows("F#")) == 0.5  # F#, A#, C#: none is in the scale
    assert harmony.chord_swap(scale(), rows("C"), rows("C")) == 0.0


def test_chord_distance_is_of_changes_only() -> None:
    assert harmony.chord_distance(rows("C", "C")) == 0.0
    one = np.linalg.norm(harmony.centroid(rows("C")[0]) - harmony.centroid(rows("F")[0]))
    assert harmony.chord_distance(rows("C", "C", "F", "C")) == pytest.approx(one)


@given(lines)
def test_ranges(line: object) -> None:
    chords = rows("C", "Am", "F", "G7")
    assert 0 <= harmony.chord_tone_share(line, chords) <= harmony.ctnctr(line, chords) <= 1
    assert -1 <= harmony.consonance(line, chords) <= 1
    assert harmony.melody_chord_distance(line, chords) >= 0
