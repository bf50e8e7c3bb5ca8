import pytest

from engines.codec.grid import FUNCTIONS
from tests.training.corpus.making import FORM, corpus, own
from training.corpus.piece import Piece, Span
from training.form.prepared import formed, function_of, sides
from training.refused import Refused


def piece(*sections, tier="own"):
    spans, at = [], 0
    for name, bars in sections:
        spans.append(Span(at * 1920, (at + bars) * 1920, name))
        at += bars
    return Piece("p", "s", tier, "", (), sections=tuple(spans))


def named(song):
    return [(FUNCTIONS[block.function], block.phrases) for block in song.blocks]


def test_markers_of_a_users_songs_are_their_form(tmp_path):
    found = sides(corpus(own(tmp_path / "own", bars=36, sections=(*FORM, (28, "Outro"))), tmp_path / "corpus"))
    assert all(found.values())
    for song in (each for part in found.values() for each in part):
        assert [name for name, _ in named(song)] == ["intro", "build", "drop", "breakdown", "drop", "outro"]


def test_a_users_sections_come_back_as_long_as_they_are_and_pop_songs_twice_as_long():
    sections = (("Intro", 16), ("Drop", 32), ("Drop B", 8), ("Outro", 16))
    (own_song,), (pop,) = formed(piece(*sections)), formed(piece(*sections, tier="A"))
    assert named(own_song) == [("intro", 2), ("drop", 5), ("outro", 2)]
    assert named(pop) == [("intro", 4), ("drop", 10), ("outro", 4)]


@pytest.mark.parametrize(
    ("label", "name"),
    [("Verse 1", "other"), ("pre-chorus", "build"), ("Chorus", "drop"), ("Drop", "drop"), ("BREAK", "breakdown"),
     ("Main", "drop"), ("interlude", "breakdown"), ("Outro", "outro"), ("Conclusion", "outro"), ("bar 33", "other")],
)  # fmt: skip
def test_annotators_and_dance_musics_words_are_known(label, name):
    assert FUNCTIONS[function_of(label)] == name


def test_markers_that_name_no_sections_are_no_form(tmp_path):
    assert not list(formed(piece(("bar 1", 8), ("bar 9", 8), ("bar 17", 8), ("bar 25", 8))))
    plain = corpus(own(tmp_path / "own", songs=3), tmp_path / "corpus")
    with pytest.raises(Refused, match="no forms in its 3 pieces; needed: markers at the starts of 3 and more sections"):
        sides(plain)
