import pytest

from tools.compare_osc import Trial, receivers
from tools.hostile_osc import HOSTILE


@pytest.mark.parametrize(("name", "survives"), [("melody-engine", True), ("python-osc (asyncio server)", False)])
def test_who_is_stopped_by_an_element_of_negative_size_and_starts_anew(tmp_path, name, survives):
    (receiver,) = [each for each in receivers(tmp_path) if each.name == name]
    trial = Trial(receiver, tmp_path)
    try:
        assert trial.survives(HOSTILE["element of size -4"][0]) is survives
        assert trial.survives(HOSTILE["empty bundle"][0])
    finally:
        trial.end()
