import pytest

from training.kept import kept


def test_what_was_made_once_is_not_made_again(tmp_path):
    place = tmp_path / "deep" / "one.pickle"
    assert kept(place, lambda: {"made": 1}) == {"made": 1}
    assert kept(place, lambda: pytest.fail("made again")) == {"made": 1}
    assert [file.name for file in place.parent.iterdir()] == ["one.pickle"]


def test_what_fails_to_be_made_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        kept(tmp_path / "one.pickle", lambda: 1 // 0)
    assert list(tmp_path.iterdir()) == []
