import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.analysis.music import Metre, Tempo
from training.corpus.augment import augment, transpose
from training.corpus.config import corpus_config
from training.corpus.likeness import music_hash, shingle_hashes
from training.corpus.piece import Event, KeyMark, Piece, Span, Track

NOTE = st.tuples(st.integers(0, 7680), st.integers(1, 960), st.integers(40, 90), st.integers(1, 127))
CHORD = st.sampled_from(["C", "Am7", "F#m7b5", "Bb/D", "Esus4", "Dbmaj7"])


@st.composite
def pieces(draw):
    """A lead, drums, chords and a key."""
    lead, drums = (
        tuple(Event(*row) for row in sorted(set(draw(st.lists(NOTE, min_size=9, max_size=30))))) for _ in range(2)
    )
    names = draw(st.lists(CHORD, min_size=1, max_size=4))
    return Piece(
        "p", "s", "own", "", (Track("l", "lead", lead), Track("d", "drums", drums)), (Tempo(0, 120.0),),
        (Metre(0, 4, 4),), (KeyMark(0, draw(st.integers(0, 11)), "minor"),),
        tuple(Span(n * 1920, (n + 1) * 1920, name) for n, name in enumerate(names)),
    )  # fmt: skip


@given(pieces(), st.integers(-20, 20))
def test_there_and_back_is_the_same_piece(piece, semitones):
    moved = transpose(piece, semitones)
    assert transpose(moved, -semitones) == piece
    assert moved.tracks[1] == piece.tracks[1]
    assert moved.keys[0].tonic == (piece.keys[0].tonic + semitones) % 12


@given(pieces(), st.integers(-20, 20))
def test_likeness_does_not_hear_the_key(piece, semitones):
    moved = transpose(piece, semitones)
    assert music_hash(moved) == music_hash(piece)
    assert (shingle_hashes(moved, 100) == shingle_hashes(piece, 100)).all()


@given(pieces(), st.integers(0, 2**32))
def test_augmented_music_has_the_same_rhythm_and_stays_playable(piece, seed):
    bounds = corpus_config().augment
    made = augment(piece, np.random.default_rng(seed), bounds)
    for before, after in zip(piece.tracks, made.tracks, strict=True):
        rhythm = sorted((e.onset, e.duration) for e in before.events)
        assert sorted((e.onset, e.duration) for e in after.events) == rhythm
        assert all(0 <= e.pitch <= 127 and 1 <= e.velocity <= 127 for e in after.events)
    assert sorted(e.pitch for e in made.tracks[1].events) == sorted(e.pitch for e in piece.tracks[1].events)
    assert made == augment(piece, np.random.default_rng(seed), bounds)


def test_a_note_that_would_leave_the_range_is_refused():
    piece = Piece("p", "s", "own", "", (Track("l", "lead", (Event(0, 1, 120, 90),)),))
    with pytest.raises(ValueError, match="range"):
        transpose(piece, 9)
