from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.codec import accompaniment as codec
from engines.codec.accompaniment import FEATURES, FIELDS, LAGS, MASK, SILENT, VOICES
from engines.codec.grid import GROUPS, Context
from engines.codec.lead import HOLD, PITCHES, REST
from engines.note import Bar, Note
from engines.units import STEPS_PER_BAR, TICKS_PER_BAR, TICKS_PER_STEP

voices, tonics = st.sampled_from(VOICES), st.integers(0, 11)
bars = st.lists(
    st.builds(Note, st.integers(0, TICKS_PER_BAR - 1), st.integers(1, TICKS_PER_BAR), st.integers(0, 127), st.just(90)),
    max_size=12,
).map(Bar.of)


@given(bars, voices, tonics)
def test_what_the_grid_keeps_is_a_fixed_point(bar, voice, tonic):
    once = codec.quantise(bar, voice, tonic)
    assert codec.quantise(once, voice, tonic) == once


@given(st.integers(36, 52), voices, tonics)
def test_a_transposed_bar_is_the_same_bar(pitch, voice, tonic):
    bar = Bar((Note(0, 240, pitch, 90), Note(480, 120, pitch + 7, 90)))
    moved = Bar(tuple(Note(n.onset, n.duration, n.pitch + 1, n.velocity) for n in bar.notes))
    if tonic != 5:  # the tonic nearest to C4 jumps by an octave there
        assert codec.encode(bar, voice, tonic) == codec.encode(moved, voice, (tonic + 1) % 12)


def test_the_bass_keeps_the_lowest_note_and_the_others_the_highest():
    chord = Bar.of(Note(0, 480, pitch, 90) for pitch in (40, 45, 52))
    for voice, kept in (("bass", 40), ("arp", 52), ("pad", 52)):
        (note,) = codec.quantise(chord, voice, 0).notes
        assert note.pitch == kept


def test_token_and_pitch_agree():
    for voice in VOICES:
        midi = codec.pitches(voice, 9)
        token = codec.encode(Bar((Note(0, 120, 57, 90),)), voice, 9).tokens[0]
        assert midi[token] == 57


@given(st.lists(st.sampled_from([5, 40, HOLD, REST, MASK]), min_size=16, max_size=16))
def test_settled_cells_never_hold_a_silence(tokens):
    found = codec.settle(np.array([tokens]))[0]
    assert found[0] != HOLD
    assert not any(now == HOLD and before == REST for before, now in pairwise(found))
    assert MASK not in found
    assert [t for t in found if t < PITCHES] == [t for t in tokens if t < PITCHES]


def test_the_sounding_pitch_outlives_its_onset_and_no_rest():
    tokens = np.array([HOLD, 30, HOLD, REST, HOLD, 33, MASK])
    assert codec.sounding(tokens).tolist() == [SILENT, 30, 30, SILENT, SILENT, 33, SILENT]
    assert codec.sounding(tokens, 12).tolist()[0] == 12


def test_fields_and_features_have_the_promised_shapes():
    melody, past = np.zeros((2, STEPS_PER_BAR), np.int64), np.stack([codec.untold() for _ in LAGS])
    assert codec.fields(codec.untold(), melody, past).shape == (STEPS_PER_BAR, len(FIELDS))
    context = Context((None,) * 5, False, 0, 0, (0.5,) * 4, 0.5)
    told = codec.features(context, (0.1, 0.2, 0.3))
    assert told.shape == (STEPS_PER_BAR, FEATURES)
    assert told[0, -3:] == pytest.approx((0.1, 0.2, 0.3))
    assert not codec.drop(told, ("density",))[:, -3:].any()
    untold = Context((None,) * 5, False, 0, 0, (0.5,) * 4, 0.5, frozenset(GROUPS))
    assert np.array_equal(codec.drop(told, GROUPS), codec.features(untold, (0.1, 0.2, 0.3)))


def test_a_note_is_moved_by_whole_steps_only():
    for step in range(STEPS_PER_BAR):
        tokens = codec.encode(Bar((Note(step * TICKS_PER_STEP, 120, 60, 90),)), "arp", 0).tokens
        assert [n for n, token in enumerate(tokens) if token < PITCHES] == [step]
