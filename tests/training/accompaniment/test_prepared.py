import numpy as np
import pytest

from engines.codec.accompaniment import VOICES as COMPANY
from engines.codec.lead import PITCHES
from tests.training.corpus.making import VOICES, corpus, own
from training.accompaniment.prepared import songs_of
from training.accompaniment.windows import load, measure
from training.corpus.piece import Event, KeyMark, Piece, Track
from training.refused import Refused


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return load(
        corpus(own(tmp_path_factory.mktemp("own")), tmp_path_factory.mktemp("corpus")), tmp_path_factory.mktemp("r")
    )


def track(role, *notes):
    return Track(role, role, tuple(Event(*note, 80) for note in notes))


def test_roles_become_voices_and_lie_on_the_sides_of_their_songs(made):
    parts = [made.train.songs, made.valid.songs, made.test.songs]
    assert all(parts)
    names = [{song.name for song in part} for part in parts]
    assert sum(map(len, names)) == len(set.union(*names)) == 10
    for song in (each for part in parts for each in part):
        assert song.tokens.shape == (28, len(COMPANY), 16)
        assert (song.tokens[:, 0, ::2] < PITCHES).all(), "eighths of the bass"
        assert (song.tokens[:, 2, 0] < PITCHES).all(), "a chord a bar"
        assert (song.melody[:, 0] < PITCHES).any(-1).all()
        assert None not in song.chords[0]


def test_a_piano_without_a_bass_is_split():
    bars = range(0, 8 * 1920, 1920)
    chords = [(bar, 1900, pitch) for bar in bars for pitch in (36, 60, 64, 67)]
    (song,) = songs_of(Piece("p", "s", "own", "", (track("other", *chords),), keys=(KeyMark(0, 0, "major"),)))
    onsets = (song.tokens < PITCHES).sum((0, 2))
    assert onsets.tolist() == [8, 0, 8]


def test_a_pickup_moves_all_voices_by_a_bar():
    bars = range(0, 8 * 1920, 1920)
    tracks = track("lead", (-480, 400, 72)), track("bass", *((b, 900, 36) for b in bars)), track("pad", (0, 900, 60))
    (song,) = songs_of(Piece("p", "s", "own", "", tracks, keys=(KeyMark(0, 0, "major"),)))
    assert song.melody[0, 0, 12] < PITCHES
    assert song.tokens[1, 0, 0] < PITCHES


def test_a_voice_that_never_plays_has_no_say_in_tension(made):
    songs = made.train.songs
    for song in songs:
        song.levels[:, 1] = 0
    assert all(np.isfinite(found).all() for found in measure(songs))


def test_without_company_one_line_says_what_is_needed(tmp_path):
    lone = corpus(own(tmp_path / "own", songs=3, voices=VOICES[:1]), tmp_path / "corpus")
    with pytest.raises(Refused, match="no accompanied songs in its 3 pieces; needed: a bass with an arp or a pad"):
        load(lone, tmp_path)
