import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.scale import chord_scale, ladder, ladder_of, nearest_in, scale_steps
from tests.engines.theory.strategies import chords, keys

PITCHES = st.integers(0, 127)
STEPS = st.integers(-21, 21)


@given(keys, PITCHES, STEPS)
def test_steps_come_back(key: Key, pitch: int, steps: int) -> None:
    start = nearest_in(pitch, key.pitch_classes)
    moved = scale_steps(start, key, steps)
    assert key.contains(moved)
    assert scale_steps(moved, key, -steps) == start


@given(keys, PITCHES, STEPS, STEPS)
def test_steps_rise_and_seven_are_an_octave(key: Key, pitch: int, less: int, more: int) -> None:
    start = nearest_in(pitch, key.pitch_classes)
    assert (scale_steps(start, key, less) < scale_steps(start, key, more)) == (less < more)
    assert scale_steps(start, key, 7) == start + 12


@pytest.mark.parametrize(
    ("pitch", "key", "steps", "expected"),
    [
        (69, "Am", 2, 72),
        (60, "Am", -1, 59),
        (60, "C", 7, 72),
        (70, "Am", 1, 71),
        (70, "Am", 0, 70),
        (64, "E phrygian", 1, 65),
        (62, "F#m", 1, 64),
    ],
)
def test_steps(pitch: int, key: str, steps: int, expected: int) -> None:
    assert scale_steps(pitch, Key.parse(key), steps) == expected


@given(PITCHES, st.frozensets(st.integers(0, 11)))
def test_nearest_is_nearest_and_playable(pitch: int, pcs: frozenset[int]) -> None:
    found = nearest_in(pitch, pcs)
    rivals = [each for each in range(128) if each % 12 in pcs]
    assert found == min(rivals, key=lambda each: (abs(each - pitch), each), default=pitch)


@given(keys, PITCHES, PITCHES)
def test_ladder_holds_the_key_between_its_ends(key: Key, low: int, high: int) -> None:
    assert ladder(key, low, high) == tuple(pitch for pitch in range(low, high + 1) if key.contains(pitch))
    assert ladder(key, low, high) == ladder_of(key.pitch_classes, low, high)


@given(chords, keys)
def test_chord_scale_holds_chord_and_keeps_most_of_the_key(chord: Chord, key: Key) -> None:
    scale = chord_scale(chord, key)
    assert set(chord.pitch_classes) <= scale
    if set(chord.pitch_classes) <= key.pitch_classes:
        assert scale == key.pitch_classes
    gone = key.pitch_classes - scale
    assert len(gone) <= len(set(chord.pitch_classes) - key.pitch_classes)
    assert all({(pc + 1) % 12, (pc - 1) % 12} & set(chord.pitch_classes) for pc in gone)


@pytest.mark.parametrize(
    ("chord", "key", "scale"),
    [
        ("E7", "Am", "A B C D E F G#"), ("Fm", "C", "C D E F G Ab B"), ("D7", "C", "C D E F# G A B"), ("Bb", "C", "C D E F G A Bb"),
        ("A7", "C", "C# D E F G A B"), ("G#dim7", "Am", "A B C D E F G#"), ("Eb", "C", "C D Eb F G A Bb"), ("Am", "Am", "A B C D E F G"),
        ("Bb", "Am", "A Bb C D E F G"), ("D", "Am", "A B C D E F# G"), ("F#dim7", "C", "C D Eb F# G A B"), ("Am/D", "Am", "A B C D E F G"),
    ],
)  # fmt: skip
def test_chord_scales(chord: str, key: str, scale: str) -> None:
    expected = {Chord.parse(note).root for note in scale.split()}
    assert chord_scale(Chord.parse(chord), Key.parse(key)) == expected
