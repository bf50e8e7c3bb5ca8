import numpy as np
import pytest

from engines.analysis.scale import SCALES, scale
from engines.analysis.settings import settings
from engines.theory.key import Key
from tests.engines.analysis.making import line, track

USING = settings().melody


@pytest.mark.parametrize("name", [name for name in SCALES if name != "chromatic"])
@pytest.mark.parametrize("tonic", [0, 7])
def test_a_scale_played_up_and_down_is_itself(name: str, tonic: int) -> None:
    steps = sorted(SCALES[name])
    notes = track(line([60 + tonic + step for step in [*steps, 12, *reversed(steps)]])).notes
    found = scale(notes, Key(tonic, "major"), USING)
    assert found is not None
    assert SCALES[found.name] == SCALES[name]
    assert found.fit == 1


def test_a_passing_tone_changes_no_scale_and_all_twelve_are_chromatic() -> None:
    tune = line([60, 62, 64, 65, 67, 69, 71, 72] * 4)
    found = scale(track([*tune, (40_000, 60, 61)]).notes, Key(0, "major"), USING)
    assert found is not None
    assert found.name == "major"
    assert 0.99 < found.fit < 1
    chromatic = scale(track(line(list(range(60, 72)))).notes, Key(0, "major"), USING)
    assert chromatic is not None
    assert chromatic.name == "chromatic"


def test_no_notes_no_scale() -> None:
    assert scale(np.zeros((0, 4), np.int64), Key(0, "major"), USING) is None
