"""What a recipe takes from a corpus lies on the corpus' sides, and what cannot teach is told in one line."""

import pytest

from tests.training.corpus.making import corpus, folder, own
from training.corpus import material, store
from training.corpus.material import Material
from training.refused import Refused

NAMES = Material("names", "a name", lambda piece: [piece.name])
NOTHING = Material("trumpets", "a trumpet", lambda _: [])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return corpus(folder(tmp_path_factory.mktemp("own")), tmp_path_factory.mktemp("corpus"))


def test_units_lie_on_the_sides_of_their_pieces(made):
    found = material.sides(made, NAMES)
    assert found == {side: [line.name for line in store.lines(made, side)] for side in store.SIDES}
    assert material.learned(found) == [*found["train"], *found["valid"]]


def test_what_cannot_teach_says_what_is_there_and_what_is_needed(made):
    with pytest.raises(Refused, match=r"no trumpets in its 11 pieces \(7 were left out.*needed: a trumpet") as told:
        material.sides(made, NOTHING)
    assert "\n" not in str(told.value)


def test_a_corpus_without_a_piece_says_so_too(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="no names in its 0 pieces; needed"):
        material.sides(corpus(tmp_path / "empty", tmp_path / "corpus"), NAMES)


def test_too_few_to_hold_any_out_are_judged_on_themselves_and_the_card_says_so(made, tmp_path):
    alone = corpus(own(tmp_path / "one", songs=1), tmp_path / "corpus")
    found = material.sides(alone, NAMES)
    assert found["train"] == found["valid"] == found["test"] == ["song00.mid"]
    assert material.learned(found) == ["song00.mid"]
    assert "of what was learned" in material.note(alone, found, NAMES, "known")
    whole = material.note(made, material.sides(made, NAMES), NAMES, "known")
    held = len(list(store.lines(made, "test")))
    assert whole.endswith(f"figures: {held} held out by the corpus' own split.")
    assert material.note(tmp_path, found, NAMES, "known") == "known"


def test_what_only_a_held_out_side_has_is_learned_from_all_the_same():
    assert material.filled({"train": [], "valid": [], "test": ["a"]}) == {"train": ["a"], "valid": ["a"], "test": ["a"]}
