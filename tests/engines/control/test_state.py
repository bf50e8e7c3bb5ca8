import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.state import Chair, Control, Ramp, steady
from tests.engines.control.test_desk import control

TICKS = st.integers(0, 10_000)
VALUES = st.floats(0, 1)


@given(VALUES, VALUES, TICKS, TICKS, TICKS)
def test_law_a_ramp_stays_between_its_ends_and_keeps_them(start, end, tick0, length, tick):
    ramp = Ramp(start, end, tick0, tick0 + length)
    assert min(start, end) - 1e-12 <= ramp.at(tick) <= max(start, end) + 1e-12
    assert ramp.at(tick0 + length) == end
    assert length == 0 or ramp.at(tick0) == start


def test_what_is_steady_stands_still():
    assert steady(0.3).at(-5) == steady(0.3).at(10_000) == 0.3


@pytest.mark.parametrize(("band", "own", "asked"), [(0.5, 0.5, 0.5), (0.9, 0.9, 1.0), (0.1, 0.0, 0.0), (0.5, 0.7, 0.7)])
def test_a_voice_shifts_the_density_of_the_band(band, own, asked):
    chairs = control().chairs | {"lead": Chair(density=own)}
    assert control(density=band, chairs=chairs).density_of("lead") == pytest.approx(asked)


def test_a_control_comes_back_from_json():
    assert msgspec.json.decode(msgspec.json.encode(control()), type=Control) == control()
