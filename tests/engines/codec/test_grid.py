import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.codec import grid
from engines.codec.grid import FEATURES, FUNCTIONS, GROUPS, Context, Harmony, drop_groups, features
from engines.neural.probe import probe_plan
from engines.theory.chord import Chord
from engines.theory.key import Key

UNIT = st.floats(0, 1, width=32)
HARMONY = st.builds(
    Harmony.of,
    st.integers(0, 11),
    st.sets(st.integers(0, 11), min_size=1, max_size=6),
    st.integers(0, 11),
    st.integers(0, 11),
)
CONTEXT = st.builds(
    Context,
    chords=st.tuples(*[st.none() | HARMONY] * 5),
    minor=st.booleans(),
    phrase_bar=st.integers(0, 40),
    function=st.integers(0, len(FUNCTIONS) - 1),
    tension=st.tuples(*[UNIT] * 4),
    density=UNIT,
    dropped=st.frozensets(st.sampled_from(GROUPS)),
)


@given(CONTEXT)
def test_features_tell_every_condition_and_nothing_dropped(context):
    told = features(context)
    assert told.shape == (16, FEATURES)
    assert told.dtype == np.float32
    assert (told[np.arange(16), 48 + np.arange(16)] == 1).all()
    assert told[:, 48:64].sum() == 16
    assert told[:, -4:].sum() == 16 * len(context.dropped)
    root = context.chords[2]
    seen = told[8, :12].sum()
    assert seen == (root is not None and "chords" not in context.dropped)


@given(CONTEXT, st.frozensets(st.sampled_from(GROUPS)))
def test_dropping_afterwards_is_dropping_before(context, groups):
    whole = Context(*(getattr(context, f) for f in Context.__struct_fields__[:-1]), dropped=frozenset())
    before = Context(*(getattr(context, f) for f in Context.__struct_fields__[:-1]), dropped=groups)
    assert (drop_groups(features(whole), groups) == features(before)).all()


@given(st.integers(0, 11), st.sampled_from(["maj", "m7", "sus4", "dim7"]), st.integers(0, 11))
def test_conditions_are_the_same_in_every_key(root, quality, shift):
    here = grid.harmony_of(Chord(root, quality, root), 0)
    there = grid.harmony_of(Chord((root + shift) % 12, quality, (root + shift) % 12), shift)
    assert here == there


def test_context_of_a_plan_is_relative_to_the_relative_major():
    context = grid.context_of(probe_plan(), "lead")
    assert context.minor
    assert context.chords[0] == Harmony(9, 1 << 9 | 1 << 0 | 1 << 4, 9)
    assert context.chords[4].root == 5
    assert Key.parse("Am").relative_major == 0


@pytest.mark.parametrize(
    ("name", "function"),
    [("drop", "drop"), ("Main drop 2", "drop"), ("breakdown", "breakdown"), ("build", "build"), ("bridge", "breakdown"),
     ("intro", "intro"), ("outro", "outro"), ("verse", "other"), ("", "other")],
)  # fmt: skip
def test_sections_by_function(name, function):
    assert FUNCTIONS[grid.section_function(name)] == function


@given(st.integers(1, 127))
def test_velocity_bins_keep_the_velocity_within_half_a_bin(velocity):
    number = grid.velocity_bin(velocity)
    assert 0 <= number < grid.VELOCITY_BINS
    assert abs(grid.bin_velocity(number) - velocity) <= 8
    assert grid.velocity_bin(grid.bin_velocity(number)) == number


@given(st.integers(0, 1919))
def test_nearest_step_is_nearest_and_inside(tick):
    step = grid.nearest_step(tick)
    assert 0 <= step <= 15
    assert abs(step * 120 - tick) <= 60 or step == 15


def test_fingerprint_tells_vocabularies_apart():
    assert grid.fingerprint("a", 1) != grid.fingerprint("a", 2)
    assert grid.fingerprint("a", 1) == grid.fingerprint("a", 1)
