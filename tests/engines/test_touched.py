from pathlib import Path

import pytest
from msgspec.structs import replace

from engines.hand import Hand, Wander
from engines.library import Library
from engines.touch import NAME
from engines.touched import touched
from engines.units import VOICES
from tests.engines.band import GENRES

MODELS = Path(__file__).parents[2] / "models"


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
    played = touched(genres, Library(MODELS), pytest.fail)
    assert played["house"].hands.keys() == set(VOICES) - {"drums"}, "drums play as their own expert learned"
    assert played["uplifting"].hands["bass"] == own["bass"]
    assert played["uplifting"].hands["lead"] == played["house"].hands["lead"]
