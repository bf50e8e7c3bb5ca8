import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.hand import BARS, WHITE, Hand, Wander

seeds = st.integers(0, 2**63 - 1)
bars = st.integers(-100, 100_000)
weights = st.lists(st.integers(0, 100), min_size=5, max_size=5).filter(any)


@st.composite
def wanders(draw):
    parts = np.array(draw(weights), float)
    drift, beat, bar, stroke, _ = (parts / parts.sum()).tolist()
    note = max(0.0, 1.0 - drift - beat - bar - stroke)
    return Wander(drift, beat, bar, stroke, note, draw(st.floats(0, 0.9)), draw(st.floats(0, 0.95)))


@given(wanders(), seeds, bars)
def test_a_bar_is_a_pure_function_of_seed_and_number(wander, seed, bar):
    one = wander.strokes(seed, bar)
    Wander(drift=1.0, note=0.0, drift_keeps=0.5).strokes(seed + 1, bar + BARS)  # whatever was asked in between
    assert one.shape == (16,) and np.isfinite(one).all()
    assert (one == wander.strokes(seed, bar)).all()


def drawn(wander, seeds=400, bars=range(BARS - 4, BARS + 4)):
    """Return strokes of many seeds over the seam of two sheets, [seeds, bars * 16]."""
    return np.array([np.concatenate([wander.strokes(seed, bar) for bar in bars]) for seed in range(seeds)])


@pytest.mark.parametrize(
    "wander",
    [
        Wander(drift=0.6, beat=0.1, bar=0.1, stroke=0.2, note=0.0, drift_keeps=0.8, habit_keeps=0.92),
        Wander(drift=0.3, beat=0.3, bar=0.0, stroke=0.1, note=0.3, drift_keeps=0.5, habit_keeps=0.7),
        Wander(stroke=1.0, note=0.0),
    ],
)
def test_neighbours_are_as_alike_as_the_shares_say(wander):
    line = drawn(wander)
    assert line.var() == pytest.approx(1 - wander.note, abs=0.05)
    for apart in (1, 2, 3, 4, 8, 16, 32):
        wished = wander.drift * wander.drift_keeps**apart
        kept = wander.habit_keeps ** (apart / 16)  # within a bar a habit is the same: nearly so
        wished += wander.beat * kept * (apart % 4 == 0) + wander.bar * kept * (apart % 16 == 0)
        assert (line[:, :-apart] * line[:, apart:]).mean() == pytest.approx(wished, abs=0.07), apart


def test_the_default_is_white():
    assert not WHITE.late.strokes(1, 1).any() and WHITE.late.note == 1.0


def test_other_seeds_and_bars_draw_otherwise():
    wander = Wander(stroke=1.0, note=0.0)
    assert len({tuple(wander.strokes(seed, bar)) for seed in range(4) for bar in range(40)}) == 160


@pytest.mark.parametrize(
    "told", [{"drift": 0.5}, {"drift": 0.5, "note": 0.6}, {"drift": -0.1, "note": 1.1}, {"drift_keeps": 1.0}]
)
def test_shares_that_are_none_are_refused(told):
    with pytest.raises(msgspec.ValidationError, match=r"must be 1|Expected `float`"):
        msgspec.convert({"late": told}, Hand)
