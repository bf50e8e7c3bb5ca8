import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.codec.lead import HOLD, PITCHES, REST, token_pitch
from engines.neural.probe import probe_plan
from engines.neural.wish import LeadDecoding, register_bias, tones_of, wish_of
from engines.theory.chord import Chord
from engines.theory.key import Key

NUMBERS = LeadDecoding()


@given(st.floats(0, 1), st.floats(0, 1))
def test_wishes_rise_with_tension(one, other):
    low, high = sorted((one, other))
    calm, tense = (wish_of(probe_plan(tension=t), NUMBERS) for t in (low, high))
    assert calm.notes <= tense.notes
    for name in ("register", "velocity", "temperature"):
        assert (getattr(calm, name) <= getattr(tense, name)).all()


def test_a_foreign_chord_tone_replaces_the_scales_note_of_its_degree():
    e_major = Chord.parse("E")
    plan = msgspec.structs.replace(probe_plan(), chords=(e_major,) * 4)
    tones = tones_of(plan, NUMBERS)
    classes = {token_pitch(t, 0) % 12 for t in np.flatnonzero(tones.inside[3])}
    assert classes == {9, 11, 0, 2, 4, 5, 8}
    assert {token_pitch(t, 0) % 12 for t in np.flatnonzero(tones.chord[3])} == {4, 8, 11}


def test_holds_and_rests_are_no_tones_and_beats_have_no_blue_notes():
    tones = tones_of(probe_plan(), NUMBERS)
    for mask in (tones.inside, tones.blue, tones.chord):
        assert not mask[:, [HOLD, REST]].any()
    assert not tones.blue[::4].any()
    assert tones.blue[1].any()
    assert not (tones.blue & tones.inside).any()


def test_the_pull_is_strongest_at_the_wished_register():
    wish = wish_of(probe_plan(tension=1.0), NUMBERS)
    for tonic in range(12):
        pull = register_bias(wish, tonic, NUMBERS.register_width)
        best = token_pitch(int(pull[0, :PITCHES].argmax()), tonic)
        assert abs(best - NUMBERS.register_tense) <= 1


def test_the_range_holds_in_every_key():
    for tonic in range(12):
        plan = msgspec.structs.replace(probe_plan(), key=Key(tonic, "major"))
        tones = tones_of(plan, NUMBERS)
        pitches = [token_pitch(int(t), tonic) for t in np.flatnonzero((tones.inside | tones.blue).any(axis=0))]
        assert min(pitches) >= NUMBERS.range_low
        assert max(pitches) <= NUMBERS.range_high
