import pytest

from engines.codec.form import Block
from engines.codec.grid import FUNCTIONS
from tests.training.form.making import SONG, make_form_corpus
from training.form.data import blocks, plain, rock, sides, songs, written_out


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_form_corpus(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def found(data):
    return songs(data)


def named(song):
    return [(FUNCTIONS[block.function], block.phrases) for block in song]


def test_sections_become_functions_and_phrases_of_four_bars(found):
    first, second = found[0].blocks, found[1].blocks
    assert named(first) == [("intro", 1), ("other", 4), ("drop", 2), ("other", 2), ("drop", 4), ("outro", 2)]
    assert named(second)[2:5] == [("build", 1), ("drop", 2), ("breakdown", 2)]


def test_repeated_and_formless_songs_are_left_out(found):
    names = [song.name for song in found]
    assert names.count("songno0") == 1
    assert "formless" not in names


def test_an_analysis_is_written_out_with_parts_in_parts():
    assert list(written_out(SONG)) == [
        ("intro", 4), ("verse", 8), ("chorus", 4), ("verse", 8), ("chorus", 9), ("", 1), ("outro", 12),
    ]  # fmt: skip


def test_one_analysis_of_each_song_is_read(data):
    assert sorted(song.name for song in rock(data / "rs200")) == ["asong", "songno1"]


def test_a_link_belongs_to_the_section_before_it_and_neighbours_of_one_function_are_one():
    found = blocks([("verse", 8), ("break", 2), ("verse", 8), ("chorus", 7), ("", 1), ("chorus", 8)])
    assert found == (Block(FUNCTIONS.index("other"), 5), Block(FUNCTIONS.index("drop"), 4))


def test_one_song_is_on_one_side_whatever_source_has_it(found):
    parts = sides(found)
    names = {side: {song.name for song in part} for side, part in parts.items()}
    assert sum(song.name == "songno1" for song in found) == 2
    assert not names["train"] & names["test"]
    assert not names["train"] & names["valid"]
    assert not names["valid"] & names["test"]
    assert sum(map(len, parts.values())) == len(found)
    assert all(parts.values())
    assert sides(list(reversed(found)))["test"][0] in parts["test"]


def test_titles_meet_in_small_letters_and_digits():
    assert plain("Can't Stop!") == plain("cant_stop")
