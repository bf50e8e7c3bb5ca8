import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.codec.grid import bin_velocity
from engines.codec.lead import (
    FIELDS,
    HOLD,
    LONGEST,
    NO_PITCH,
    PITCHES,
    REST,
    START,
    TOKENS,
    advance,
    decode,
    encode,
    pitch_token,
    quantise,
    start_fields,
    token_pitch,
    tonic_pitch,
)
from engines.note import Bar, Note

TONIC = st.integers(0, 11)
ANY_NOTE = st.builds(Note, st.integers(0, 1919), st.integers(1, 1920), st.integers(0, 127), st.integers(1, 127))
ANY_BAR = st.lists(ANY_NOTE, max_size=24).map(Bar.of)


@st.composite
def quantised_bars(draw, tonic):
    """One voice on the grid, pitches in the vocabulary, velocities in the middle of bins: built without the codec."""
    onsets = sorted(draw(st.sets(st.integers(0, 15), max_size=16)))
    notes = []
    for number, onset in enumerate(onsets):
        last = number == len(onsets) - 1
        room = 16 if last else onsets[number + 1] - onset
        steps = draw(st.integers(1, room))
        pitch = tonic_pitch(tonic) + draw(st.integers(-30, 30))
        notes.append(Note(onset * 120, steps * 120, pitch, bin_velocity(draw(st.integers(0, 7)))))
    return Bar(tuple(notes))


@given(st.data(), TONIC)
def test_decode_of_encode_is_the_quantised_bar(data, tonic):
    bar = data.draw(quantised_bars(tonic))
    assert decode(encode(bar, tonic), tonic) == bar


@given(ANY_BAR, TONIC)
def test_quantising_keeps_onsets_pitch_classes_and_is_a_fixed_point(bar, tonic):
    kept = quantise(bar, tonic)
    assert quantise(kept, tonic) == kept
    assert bool(kept.notes) == bool(bar.notes)
    steps = {min(15, (n.onset + 60) // 120) for n in bar.notes}
    assert {n.onset // 120 for n in kept.notes} == steps
    for note in kept.notes:
        same = [n for n in bar.notes if min(15, (n.onset + 60) // 120) == note.onset // 120]
        assert note.pitch % 12 == max(n.pitch for n in same) % 12
    ends = [n.end for n in kept.notes]
    assert all(end <= after.onset for end, after in zip(ends, kept.notes[1:], strict=False))


@given(ANY_BAR, TONIC, st.integers(0, 24))
def test_what_rings_from_the_bar_before_is_held_and_never_a_note(bar, tonic, ringing):
    grid = encode(bar, tonic, ringing)
    first = next((s for s, t in enumerate(grid.tokens) if t < PITCHES), 16)
    assert all(t == HOLD for t in grid.tokens[: min(first, ringing)])
    assert all(t == REST for t in grid.tokens[min(ringing, first) : first])
    assert decode(grid, tonic) == quantise(bar, tonic)
    assert len(grid.tokens) == len(grid.bins) == 16
    assert all(0 <= t < TOKENS for t in grid.tokens)


@given(st.data(), TONIC, TONIC)
def test_transposing_key_and_notes_changes_no_token(data, tonic, other):
    bar = data.draw(quantised_bars(tonic))
    shift = tonic_pitch(other) - tonic_pitch(tonic)
    if any(not 0 <= n.pitch + shift <= 127 for n in bar.notes):
        return
    moved = Bar(tuple(Note(n.onset, n.duration, n.pitch + shift, n.velocity) for n in bar.notes))
    assert encode(moved, other) == encode(bar, tonic)


@given(st.integers(0, 127), TONIC)
def test_folded_pitches_keep_their_class(pitch, tonic):
    token = pitch_token(pitch, tonic)
    assert 0 <= token < PITCHES
    assert token_pitch(token, tonic) % 12 == pitch % 12


@given(st.lists(st.tuples(st.integers(0, TOKENS - 1), st.integers(0, 7)), max_size=40))
def test_fields_remember_the_last_note_and_how_long_ago(played):
    fields = start_fields(1)
    assert fields.tolist() == [[START, NO_PITCH, LONGEST, 0]]
    for token, loud in played:
        fields = advance(fields, np.array([token]), np.array([loud]))
        assert all(0 <= value < size for value, size in zip(fields[0], FIELDS, strict=True))
    onsets = [n for n, (token, _) in enumerate(played) if token < PITCHES]
    if onsets:
        token, loud = played[onsets[-1]]
        assert fields[0, 1:].tolist() == [token, min(LONGEST, len(played) - 1 - onsets[-1]), loud]
