import msgspec
import numpy as np
import pytest

from engines.codec.harmony import SECTIONS, token_of
from tests.training.corpus.making import FORM, VOICES, corpus, own
from training.corpus.piece import KeyMark, Piece, Span
from training.harmony.prepared import analysed, benchmark, changing, counted, sides
from training.harmony.windows import LEFT, SECTION, HarmonyWindows
from training.harmony.windows import corpus as windows
from training.refused import Refused

LOOP = [token_of(0, "maj"), token_of(9, "min"), token_of(5, "maj"), token_of(7, "maj")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return corpus(own(tmp_path_factory.mktemp("own")), tmp_path_factory.mktemp("corpus"))


def test_the_loop_that_a_band_plays_is_found(made):
    found = sides(made)
    assert all(found.values())
    for song in (each for part in found.values() for each in part):
        assert len(song.tokens) >= 14
        assert set(song.tokens) <= {
            *LOOP,
            *(token_of(root, kind) for root in (0, 5, 7, 9) for kind in ("7", "min7", "maj7")),
        }
        assert song.mode in {1, 2}
        assert not any(song.sections)


def test_the_benchmark_counts_the_corpus_own_sides(made):
    found = sides(made)
    learned, test = counted(made)
    assert [song.name for song in learned] == [song.name for side in ("train", "valid") for song in found[side]]
    assert benchmark(made) == ([song.tokens for song in learned], [song.tokens for song in found["test"]])
    assert {song.name for song in test}.isdisjoint(song.name for song in learned)


def test_sections_that_nobody_named_are_told_at_random_while_learning(made):
    found = windows(made)
    batch = HarmonyWindows(found["train"], 6).batch(np.zeros(300, int), np.random.default_rng(0))
    assert set(batch.tokens[:, 0, SECTION].tolist()) == set(range(len(SECTIONS)))
    assert len(set(batch.tokens[:, 0, LEFT].tolist())) == 10
    labelled = [msgspec.structs.replace(each, labelled=True) for each in found["train"]]
    plain = HarmonyWindows(labelled, 6).batch(np.zeros(9, int), np.random.default_rng(0))
    assert not plain.tokens[..., [SECTION, LEFT]].any()


def test_markers_name_the_sections(tmp_path):
    found = sides(corpus(own(tmp_path / "own", songs=1, sections=FORM), tmp_path / "corpus"))
    (song,) = found["train"]
    names = {round(onset) // 4: SECTIONS[section] for onset, section in zip(song.onsets, song.sections, strict=True)}
    assert (names[0], names[4], names[8], names[16]) == ("intro", "lift", "chorus", "break")
    assert song.left[0] == 4
    assert song.labelled


def test_few_changes_and_lone_lines_are_left_out():
    chords = tuple(Span(n * 1920, (n + 1) * 1920, "CG"[n % 2]) for n in range(9))
    piece = Piece("p", "s", "own", "", (), keys=(KeyMark(0, 0, "major"),), chords=chords)
    assert analysed(piece).tokens[:2] == (token_of(0, "maj"), token_of(7, "maj"))
    assert list(changing(piece))
    assert not list(changing(msgspec.structs.replace(piece, chords=chords[:8])))
    assert analysed(msgspec.structs.replace(piece, keys=())) is None


def test_without_chords_one_line_says_what_is_needed(tmp_path):
    lone = corpus(own(tmp_path / "own", songs=3, voices=VOICES[:1]), tmp_path / "corpus")
    with pytest.raises(Refused, match="no songs with chords in its 3 pieces; needed: a bass, pad, arp"):
        sides(lone)
