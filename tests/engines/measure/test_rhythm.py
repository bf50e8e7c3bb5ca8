import pytest
from hypothesis import given

from engines.measure import rhythm
from engines.measure.line import line_of
from tests.engines.measure.making import lines, scale


def test_groove_over_all_pairs_and_not_only_adjacent_ones() -> None:
    # bars: steps {0, 4}, {0}, {0, 4}: pairs differ at 1, 0 and 1 steps of 16
    line = line_of([(0, 1, 60), (4, 1, 60), (16, 1, 60), (32, 1, 60), (36, 1, 60)], 3)
    assert rhythm.groove_similarity(line) == pytest.approx((15 / 16 + 1 + 15 / 16) / 3)
    assert rhythm.groove_similarity(line, 2) == 1.0
    assert rhythm.onset_f1(line) == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert rhythm.onset_f1(line, 1) == pytest.approx(2 / 3)


def test_two_silent_bars_say_nothing_about_onsets() -> None:
    line = line_of([(0, 1, 60)], 3)
    assert rhythm.onset_f1(line) == 0.0  # two pairs with one empty bar, the pair of empty ones is skipped
    assert rhythm.groove_similarity(line) == pytest.approx((15 / 16 * 2 + 1) / 3)
    assert rhythm.rest_share(line) == pytest.approx(47 / 48)


@given(lines)
def test_shares_stay_in_their_range(line: object) -> None:
    for lag in (0, 1, 3):
        assert 0 <= rhythm.onset_f1(line, lag) <= 1
        assert 0 <= rhythm.groove_similarity(line, lag) <= 1
    assert 0 <= rhythm.rest_share(line) <= 1


def test_a_repeated_bar_is_itself() -> None:
    assert rhythm.onset_f1(scale(4)) == rhythm.groove_similarity(scale(4)) == rhythm.onset_f1(scale(6), 4) == 1.0
