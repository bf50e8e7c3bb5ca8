import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.codec import drums as codec
from engines.codec.drums import CLASS_OF, COUNT, KEYS, Conditions, Hits
from engines.note import Bar, Note

NOTES = st.lists(
    st.builds(Note, st.integers(0, 1919), st.integers(1, 1920), st.integers(20, 90), st.integers(1, 127)), max_size=40
)


@given(NOTES)
def test_decoding_an_encoded_bar_gives_the_quantised_bar(notes):
    bar = Bar.of(notes)
    assert codec.decode(codec.encode(bar)) == codec.quantised(bar)
    assert codec.quantised(codec.quantised(bar)) == codec.quantised(bar)


@given(NOTES)
def test_a_grid_survives_the_way_through_notes(notes):
    grid = codec.encode(Bar.of(notes))
    again = codec.encode(codec.decode(grid))
    assert np.array_equal(again.hits, grid.hits)
    assert np.array_equal(again.velocities, grid.velocities)
    late = grid.offsets[1:]  # what is early on the bar line is on it
    assert np.array_equal(again.offsets[1:], late)


def test_micro_timing_is_kept_to_the_tick():
    bar = Bar.of([Note(0, 120, 36, 100), Note(113, 120, 42, 60), Note(502, 120, 38, 90)])
    assert codec.decode(codec.encode(bar)) == bar


def test_the_loudest_of_a_class_on_a_step_wins_and_foreign_keys_are_left_out():
    bar = Bar.of([Note(0, 10, 35, 50), Note(5, 10, 36, 80), Note(0, 10, 64, 127)])
    assert codec.decode(codec.encode(bar)).notes == (Note(5, 120, 36, 80),)


def test_canonical_keys_belong_to_their_classes():
    assert [CLASS_OF[key] for key in KEYS] == list(range(COUNT))


@pytest.mark.parametrize(
    ("steps", "kick"), [([0, 4, 8, 12], "four"), ([0, 4, 8, 12, 14], "four"), ([0, 8], "free"), ([], "none")]
)
def test_realised_conditions_tell_what_the_bar_is(steps, kick):
    bar = Bar.of([*(Note(step * 120, 120, 36, 127) for step in steps), Note(240, 120, 42, 127)])
    told = codec.realised(codec.encode(bar), Conditions(style="rock", fill="no"))
    assert (told.kick, told.style, told.intensity) == (kick, "rock", 1.0)
    assert told.density == (len(steps) + 1) / codec.BUSY_HITS


def test_silence_has_no_intensity():
    assert codec.realised(Hits.silence(), Conditions()) == Conditions(kick="none", density=0.0)


@given(NOTES, st.sampled_from(codec.STYLES), st.sampled_from(codec.FILLS), st.none() | st.integers(0, 99))
def test_every_input_fits_the_network(notes, style, fill, phrase_bar):
    grid = codec.encode(Bar.of(notes))
    told = codec.realised(grid, Conditions(style, "unknown", fill, phrase_bar))
    tokens = codec.tokens_of(told)
    assert tokens.shape == (16, len(codec.VOCABULARIES))
    assert (tokens >= 0).all() and (tokens < np.array(codec.VOCABULARIES)).all()
    features = codec.heard_features(told, grid, [grid] * 4)
    assert features.shape == (16, codec.FEATURES)
    assert np.abs(features).max() <= 1


def test_a_heard_bar_shows_the_step_before_and_the_bars_before():
    now, before = codec.encode(Bar.of([Note(360, 1, 38, 127)])), codec.encode(Bar.of([Note(1800, 1, 36, 127)]))
    features = codec.heard_features(Conditions(), now, [before])
    assert features[0, 0] == 1  # the kick on the last step of the bar before
    assert features[4, 1] == 1  # the snare one step earlier
    assert features[:, :COUNT].sum() == 2
    assert features[15, 27] == 1  # the same step one bar before
    assert features[14, 54] == 1  # .. which comes next


def test_untold_conditions_look_like_nothing():
    untold, told = (codec.static_features(Conditions(density=d, intensity=d), []) for d in (None, 0.0))
    assert not untold.any()
    assert told.any()
