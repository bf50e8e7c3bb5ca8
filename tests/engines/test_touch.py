from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from engines.expert import ExpertError
from engines.genre import load_genres
from engines.hand import Hand, Wander
from engines.library import Library, LibraryError
from engines.touch import NAME, Touch, self_test, touched
from engines.units import VOICES

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


def test_without_a_touch_in_use_genres_stay_as_they_are(tmp_path):
    assert touched(GENRES, Library(tmp_path), pytest.fail) == GENRES


def test_a_broken_touch_is_told_and_jitter_stays(tmp_path):
    (tmp_path / "current.yaml").write_text(f"{NAME}: v1\n")
    told = []
    assert touched(GENRES, Library(tmp_path), told.append) == GENRES
    assert len(told) == 1 and NAME in told[0]


def test_the_shipped_touch_plays_the_melodic_voices_and_a_genre_may_name_its_own():
    own = {"bass": Hand(loud=Wander(stroke=1.0, note=0.0))}
    genres = GENRES | {"uplifting": replace(GENRES["uplifting"], hands=own)}
    played = touched(genres, Library(ROOT / "models"), pytest.fail)
    assert played["house"].hands.keys() == set(VOICES) - {"drums"}, "drums play as their own expert learned"
    assert played["uplifting"].hands["bass"] == own["bass"]
    assert played["uplifting"].hands["lead"] == played["house"].hands["lead"]


def test_the_shipped_touch_is_no_player():
    with pytest.raises(LibraryError, match="moves notes and writes no voices"):
        Library(ROOT / "models").load(NAME)
