from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.theory.chord import Chord
from engines.theory.quality import QUALITIES
from engines.theory.voicing import Voices, lead_voices
from tests.engines.theory.strategies import chords

LOW, HIGH = 52, 79


def movement(before: Voices, after: Voices) -> int:
    return min(sum(abs(a - b) for a, b in zip(before, order, strict=True)) for order in permutations(after))


@settings(max_examples=60)
@given(st.lists(chords, min_size=1, max_size=6), st.integers(1, 5))
def test_voices_are_ascending_chord_tones_in_range(sequence: list[Chord], size: int) -> None:
    voices: Voices | None = None
    for chord in sequence:
        voices = lead_voices(voices, chord, LOW, HIGH, size)
        assert len(voices) == min(size, len(Chord(chord.root, chord.quality, chord.root).tones(LOW, HIGH)))
        assert list(voices) == sorted(set(voices))
        assert all(LOW <= pitch <= HIGH and chord.contains(pitch) for pitch in voices)


@settings(max_examples=60)
@given(chords, chords)
def test_four_voices_cover_root_third_and_seventh(first: Chord, second: Chord) -> None:
    voices = lead_voices(lead_voices(None, first, LOW, HIGH, 4), second, LOW, HIGH, 4)
    sounding = {(pitch - second.root) % 12 for pitch in voices}
    needed = {interval for interval in QUALITIES[second.quality] if interval in {0, 3, 4, 9, 10, 11}}
    assert needed <= sounding


@pytest.mark.parametrize("loop", ["Am F C G", "Dm G C Am", "Fm Db Ab Eb", "Am7 Dm7 G7 Cmaj7", "F#m D A E"])
def test_voices_move_little_and_come_home(loop: str) -> None:
    sequence = [Chord.parse(name) for name in loop.split()] * 16
    voices = lead_voices(None, sequence[0], LOW, HIGH, 4)
    for chord in sequence[1:]:
        after = lead_voices(voices, chord, LOW, HIGH, 4)
        assert movement(voices, after) <= 12
        assert abs(sum(after) / 4 - (LOW + HIGH) / 2) <= (HIGH - LOW) / 4
        voices = after


@given(st.data(), st.integers(1, 5))
def test_pairing_sorted_voices_is_the_optimal_assignment(data: st.DataObject, size: int) -> None:
    hands = st.lists(st.integers(40, 90), min_size=size, max_size=size, unique=True).map(sorted).map(tuple)
    before, after = data.draw(hands), data.draw(hands)
    assert movement(before, after) == sum(abs(a - b) for a, b in zip(before, after, strict=True))


def test_a_common_tone_stays() -> None:
    voices = lead_voices(None, Chord.parse("Am"), LOW, HIGH, 3)
    after = lead_voices(voices, Chord.parse("F"), LOW, HIGH, 3)
    assert len(set(voices) & set(after)) == 2
    assert movement(voices, after) == 1


def test_the_same_chord_stays_where_it_is() -> None:
    voices = lead_voices(None, Chord.parse("Am7"), LOW, HIGH, 4)
    assert lead_voices(voices, Chord.parse("Am7"), LOW, HIGH, 4) == voices


def test_the_foreign_bass_is_left_to_the_bass() -> None:
    assert lead_voices(None, Chord.parse("F/G"), LOW, HIGH, 4) == lead_voices(None, Chord.parse("F"), LOW, HIGH, 4)


def test_parallel_fifths_are_avoided_where_that_costs_little() -> None:
    before = (53, 65, 69, 72)
    after = lead_voices(before, Chord.parse("G7"), LOW, HIGH, 4)
    fifths = [(i, j) for i in range(4) for j in range(i) if (before[i] - before[j]) % 12 in {0, 7}]
    assert fifths
    assert not any(after[i] - after[j] == before[i] - before[j] for i, j in fifths)


@given(chords, st.integers(40, 60), st.integers(0, 8), st.integers(1, 5))
def test_narrow_ranges_give_what_they_hold(chord: Chord, low: int, width: int, size: int) -> None:
    voices = lead_voices(None, chord, low, low + width, size)
    plain = Chord(chord.root, chord.quality, chord.root)
    assert len(voices) == min(size, len(plain.tones(low, low + width)))
    assert set(voices) <= set(plain.tones(low, low + width))


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 4), chords, chords)
def test_the_number_of_voices_may_change(before: int, after: int, first: Chord, second: Chord) -> None:
    assert len(lead_voices(lead_voices(None, first, 48, 76, before), second, 48, 76, after)) == after


def test_no_voices_in_an_empty_range() -> None:
    assert lead_voices(None, Chord.parse("C"), 61, 60, 4) == ()
