import numpy as np
import pytest

from engines.codec.harmony import CHORDS, DURATIONS, Change, token_of
from engines.expert import HarmonyRequest
from engines.neural.idiom import FAMILY
from engines.neural.returning import Model, at, following, kept, stays
from engines.neural.steering import Frame
from engines.theory.key import Key

AM, AM7, F = token_of(9, "min"), token_of(9, "min7"), token_of(5, "maj")
THEME = tuple(Change(beat, token, 4.0) for beat, token in zip(range(0, 32, 4), (AM, F) * 4, strict=True))


def frame(section_bar=0, begin=0.0):
    request = HarmonyRequest("uplifting", "drop", section_bar, 0.5, 0.3, Key(9, "minor"), 8)
    return Frame.of(request, {"loop_bars": 4, "wild": 0.75}, begin, np.random.default_rng(0))


def test_what_sounds_at_a_beat_is_told_with_what_is_left_of_it():
    assert at(THEME, 5.0) == (F, 3.0)
    assert at(THEME, 32.0) is None
    assert at((), 0.0) is None


@pytest.mark.parametrize(("beats", "expected"), [(8.0, 8.0), (20.0, 16.0), (1.0, 2.0), (3.0, 2.0)])
def test_a_chord_that_the_model_holds_is_held_by_half_bars_to_the_end_of_the_loop(beats, expected):
    dice = np.random.default_rng(0)
    assert stays(frame(), Model(AM, beats, returns=True), AM7, 0.0, dice) == expected
    assert stays(frame(), Model(F, beats, returns=True), AM7, 0.0, dice) == 0
    assert stays(frame(), Model(AM, beats, returns=False), AM7, 0.0, dice) == 0


def test_a_returning_chord_keeps_root_triad_and_length_and_an_answer_has_others():
    everything = np.ones((CHORDS, len(DURATIONS)), np.bool_)
    back = following(everything, Model(AM, 4.0, returns=True), frame(), 0.0)
    assert {(int(token), DURATIONS[length]) for token, length in zip(*back.nonzero(), strict=True)} == {
        (AM, 4),
        (AM7, 4),
    }
    other = following(everything, Model(AM, 4.0, returns=False), frame(), 0.0)
    assert not other[FAMILY[AM] == FAMILY].any()
    assert other[F].all()


def test_a_theme_goes_on_where_most_of_the_last_phrase_was_it():
    heard = [Change(change.onset, change.token, change.beats) for change in THEME]
    assert kept(THEME, heard, frame(8, 32.0))
    assert kept(THEME, (), frame())
    closed = [*heard[:-2], Change(24.0, token_of(2, "min"), 4.0), Change(28.0, token_of(4, "maj"), 4.0)]
    assert kept(THEME, closed, frame(8, 32.0))
    assert not kept(THEME, [Change(0.0, AM, 32.0)], frame(8, 32.0))
    assert not kept((), heard, frame(8, 32.0))
