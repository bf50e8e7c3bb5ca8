import numpy as np
import pytest

from engines.codec.drums import BEATS, FILLS, STYLES
from tests.training.beats import make_drum_corpus
from tests.training.corpus.making import VOICES, corpus, own
from training.corpus.piece import Event, Piece, Track
from training.corpus.prepare import Wishes, prepare
from training.drums.prepared import sides, stretches
from training.drums.sequences import FILL, STYLE, sequence
from training.drums.windows import DrumWindows
from training.refused import Refused


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return sides(corpus(own(tmp_path_factory.mktemp("own")), tmp_path_factory.mktemp("corpus")))


def piece(*hits, **about):
    events = tuple(Event(onset, 100, pitch, velocity) for onset, pitch, velocity in sorted(hits))
    return Piece("p", "s", about.pop("tier", "own"), "", (Track("kit", "drums", events),), **about)


def test_songs_of_a_user_become_bars_on_their_sides(found):
    assert all(found.values())
    assert sum(map(len, found.values())) == 10
    for song in (each for part in found.values() for each in part):
        assert len(song.bars) == 28
        assert all(bar.hits[BEATS, 0].all() and not bar.hits[:, 1].any() for bar in song.bars)
        assert (song.dynamic, song.timed, song.labelled) == (True, True, False)
        assert song.bars[0].velocities[0, 0] == pytest.approx(110 / 127)


def test_nobody_labelled_them_so_every_style_and_fill_is_heard_while_learning(found):
    windows = DrumWindows([sequence(song) for song in found["train"]], 2)
    batch = windows.batch(np.zeros(300, int), np.random.default_rng(0))
    assert set(batch.tokens[:, 0, STYLE].tolist()) == set(range(len(STYLES)))
    assert set(batch.tokens[:, 0, FILL].tolist()) == set(range(len(FILLS)))
    assert (batch.tokens[:, 0, STYLE] == batch.tokens[:, -1, STYLE]).all()
    assert not windows.batch(np.arange(4), None).tokens[..., [STYLE, FILL]].any()


def test_silence_cuts_and_timing_is_kept():
    first, second = stretches(piece((12, 36, 100), (480, 38, 64), (1920 * 3 + 5, 42, 90)))
    assert [len(each.bars) for each in (first, second)] == [1, 1]
    assert first.bars[0].offsets[0, 0] == pytest.approx(12 / 59)
    assert second.bars[0].hits[0, 2]


def test_a_pickup_is_a_bar_of_its_own():
    (song,) = stretches(piece((-480, 38, 100), (0, 36, 100)))
    assert song.bars[0].hits[12, 1]
    assert song.bars[1].hits[0, 0]


def test_known_corpora_keep_their_words_and_guessed_velocities_teach_nothing():
    about = {"tier": "A", "meta": {"style": "rock/indie", "beat_type": "fill"}}
    (played,) = stretches(piece((12, 36, 100), velocities_played=True, **about))
    (written,) = stretches(piece((12, 36, 100), **about))
    assert (played.style, played.fill, played.dynamic, played.timed, played.labelled) == (
        "rock",
        "yes",
        True,
        True,
        True,
    )
    assert (written.dynamic, written.timed) == (False, False)
    assert len(written.bars) == 4
    assert not list(stretches(piece((0, 36, 100), meta={"style": "jazz-swing"})))


def test_without_drums_one_line_says_what_is_needed(tmp_path):
    silent = corpus(own(tmp_path / "own", songs=3, voices=VOICES[:4]), tmp_path / "corpus")
    with pytest.raises(Refused, match="no stretches of drums in its 3 pieces; needed: a drum track, on channel 10"):
        sides(silent)


def test_the_known_folders_may_come_as_a_corpus_too(tmp_path):
    data = make_drum_corpus(tmp_path / "data")
    (data / "lmms_projects" / "manifest.json").write_text("[]")
    prepare(Wishes(tmp_path / "corpus", data, workers=0))
    found = [song for part in sides(tmp_path / "corpus").values() for song in part if song.source == "drum_patterns"]
    assert {song.style for song in found} == {"four", "rock"}
    assert all(song.labelled and not song.dynamic and len(song.bars) == 4 for song in found)
