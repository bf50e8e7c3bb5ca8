from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.codec import harmony as codec
from engines.codec.harmony import CHORDS, PLAYED, Change, Wish
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.quality import QUALITIES

CHORD = st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))
BAR = st.sampled_from([1, 2, 4]).flatmap(lambda count: st.tuples(*[CHORD] * count))
BARS = st.lists(BAR, min_size=1, max_size=6)
KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(MODES)))


@given(BARS, KEYS)
def test_decoding_encoded_bars_gives_the_quantised_bars(bars, key):
    quantised = codec.quantised(bars, key)
    assert codec.decode(codec.encode(bars, key), key) == quantised
    assert codec.quantised(quantised, key) == quantised


@given(BARS, KEYS)
def test_changes_follow_each_other_without_gaps_and_always_change(bars, key):
    changes = codec.encode(bars, key, 8.0)
    assert changes[0].onset == 8.0
    assert all(a.onset + a.beats == b.onset and a.token != b.token for a, b in pairwise(changes))
    assert sum(change.beats for change in changes) == 4 * len(bars)


@given(st.integers(0, CHORDS - 1), KEYS)
def test_tokens_and_chords_are_one_to_one(token, key):
    assert codec.chord_token(codec.token_chord(token, key), key) == token


@given(BARS, KEYS, st.integers(0, 11))
def test_tokens_are_the_same_in_every_key(bars, key, semitones):
    up = [
        tuple(Chord((c.root + semitones) % 12, c.quality, (c.bass + semitones) % 12) for c in chords) for chords in bars
    ]
    moved = Key((key.tonic + semitones) % 12, key.mode)
    assert codec.encode(up, moved) == codec.encode(bars, key)


@pytest.mark.parametrize(
    ("quality", "wanted"),
    [("maj", "maj"), ("m7", "min7"), ("7b9", "7"), ("maj9", "maj7"), ("m7b5", "hdim"), ("dim7", "dim"), ("aug", "aug"),
     ("7sus4", "sus"), ("add9", "add"), ("5", "other"), ("m6", "min")],
)  # fmt: skip
def test_qualities_fall_into_classes(quality, wanted):
    assert codec.quality_class(quality) == wanted


def test_every_class_plays_a_chord_of_its_own_class():
    assert all(codec.quality_class(played) == name for name, played in PLAYED.items())


@given(BARS, KEYS, st.sampled_from([None, 0.0, 1.0]), st.integers(0, codec.LEFT_MAX), st.integers(0, 2))
def test_every_input_fits_the_network(bars, key, tension, left, mode):
    past = codec.encode(bars, key)
    tokens, features = codec.seen(past, 4.0 * len(bars), Wish(mode, 3, left, tension))
    assert len(features) == codec.FEATURES
    assert all(0 <= token < size for token, size in zip(tokens, codec.VOCABULARIES, strict=True))


def test_the_chords_of_earlier_bars_are_seen():
    past = [Change(0.0, 5, 4.0), Change(4.0, 16, 6.0), Change(10.0, 27, 2.0)]
    tokens, features = codec.seen(past, 12.0, Wish())
    assert tokens[:3] == [2, 5, codec.DURATIONS.index(2)]
    assert tokens[8:14] == [1, 5, 1, 5, codec.NO_ROOT, codec.NO_QUALITY]  # one, two and four bars ago
    assert features[2:] == [0.0, 1.0, 0.0, 0.0]  # only the one two bars ago began there


def test_a_duration_is_the_nearest_known():
    assert [codec.DURATIONS[codec.duration_class(beats)] for beats in (0.5, 2.0, 5.4, 30.0)] == [1, 2, 6, 8]
