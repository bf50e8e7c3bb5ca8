import pytest

from engines.codec.harmony import SECTIONS, token_of
from tests.training.beats import make_chord_corpus
from training.harmony.data import SOURCES, Song, changes, held_out, plain, songs


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_chord_corpus(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def found(data):
    return songs(data)


def test_every_folder_is_read_and_nothing_else(found):
    assert list(found) == list(SOURCES)
    assert all(found.values())
    assert not any("nottingham" in folder for folder in SOURCES)


def test_chords_are_relative_to_the_relative_major(found):
    first, second = found["pop909"][:2]
    assert first.tokens[:2] == (token_of(9, "min"), token_of(5, "maj"))  # E minor and C in G
    assert second.tokens[:2] == (token_of(0, "maj"), token_of(7, "maj"))  # G and D in E minor: the same scale
    assert (first.mode, second.mode) == (1, 2)


def test_billboard_tells_sections_mode_and_bars_left_and_leaves_repeated_songs_out(found):
    (song,) = found["mcgill_billboard"]
    assert song.mode == 2
    assert song.tokens[0] == token_of(9, "min")
    assert song.onsets[:3] == (0.0, 2.0, 4.0)
    assert song.left[0] == 4
    assert {SECTIONS[n] for n in song.sections} == {"verse", "chorus"}
    assert 3.0 in song.beats  # "." holds the chord


def test_progressions_are_loops(found):
    major, minor, modal = found["free_midi_chords"]
    assert major.tokens[:4] == (token_of(0, "maj"), token_of(7, "7"), token_of(9, "min"), token_of(5, "maj"))
    assert minor.tokens[:4] == (token_of(9, "min"), token_of(2, "min"), token_of(5, "maj"), token_of(7, "maj"))
    assert modal.tokens[1] == token_of(10, "maj")
    assert len(major.tokens) == 16
    assert major.tokens[:4] == major.tokens[4:8]


def test_lead_sheets_know_flats_slashes_and_sevenths(found):
    (song,) = found["openewld_pd"]
    assert song.tokens[:4] == (token_of(0, "maj"), token_of(5, "maj"), token_of(7, "7"), token_of(0, "maj"))


def test_the_benchmark_holds_ninety_songs_out_always_the_same(found):
    held = held_out(found["pop909"])
    assert len(held) == 90
    assert held == held_out(list(reversed(found["pop909"])))


def test_changes_merge_what_the_benchmark_cannot_tell_apart():
    tokens = [token_of(0, "maj"), token_of(0, "maj7"), token_of(9, "min7"), token_of(9, "min")]
    assert changes(tokens) == [0, 9 * 6 + 1]


def test_a_song_without_time_is_triads_a_bar_each(found):
    song = Song("s", (0.0, 1.0, 3.0), (token_of(0, "maj"), token_of(0, "maj7"), token_of(9, "min7")), (1.0, 2.0, 5.0), 1,
                (2, 2, 2), (1, 1, 1))  # fmt: skip
    bare = plain(song)
    assert bare.tokens == (token_of(0, "maj"), token_of(9, "min"))
    assert (bare.onsets, bare.beats) == ((0.0, 4.0), (4.0, 4.0))
    assert (bare.mode, bare.sections, bare.left) == (0, (0, 0), (0, 0))
    assert all(changes(plain(each).tokens) == changes(each.tokens) for each in found["pop909"][:20])
