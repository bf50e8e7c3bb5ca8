from pathlib import Path

import msgspec
import numpy as np
import pytest

from engines.expert import ExpertError
from engines.genre import load_genres
from engines.hand import Hand, Wander
from engines.library import Library, LibraryError
from engines.touch import NAME, Touch, self_test

ROOT = Path(__file__).parents[2]
GENRES = load_genres(ROOT / "configs" / "genres")
HANDS = {"lead": Hand(late=Wander(stroke=1.0, note=0.0)), "pad": Hand()}
FILE = msgspec.json.encode(HANDS)


def test_the_file_is_the_hands():
    assert Touch(FILE).hands == HANDS
    rows = Touch(FILE).replay(np.array([[1, 2, 3], [1, 2, 4]]), np.zeros((2, 0), np.float32))
    assert rows.shape == (2, 4)
    assert rows[:, 0].tolist() == HANDS["lead"].late.strokes(1, 2)[3:5].astype(np.float32).tolist()
    assert not rows[:, 1:].any()


@pytest.mark.parametrize(
    "broken", [b"", b"[]", b'{"choir": {}}', b'{"lead": {"late": {"note": 0.5}}}', b'{"lead": {"x": 1}}']
)
def test_a_broken_file_is_refused(broken):
    with pytest.raises(ValueError, match=r"choir|must be 1|Expected|truncated|unknown field"):
        Touch(broken)


def test_a_touch_without_hands_is_none():
    with pytest.raises(ExpertError, match="without hands"):
        self_test(Touch(b"{}"))


def test_the_shipped_touch_is_no_player():
    with pytest.raises(LibraryError, match="moves notes and writes no voices"):
        Library(ROOT / "models").load(NAME)
