import re

from tests.training.judge.cards import result
from training.judge.page_bands import EDGE, WIDTH, band_plot, interval_plot, place
from training.judge.result import LEARNED, UNDERSTUDY, Band, Comparison


def band(learned: float) -> Band:
    return Band("lead", "x", (1.0, 2.0, 3.0, 4.0, 5.0), {LEARNED: learned}, {}, {}, {})


def test_where_a_mean_lies():
    told = {0.9: "below", 1.0: "p10-p90", 2.0: "p25-p75", 4.0: "p25-p75", 4.1: "p10-p90", 5.1: "above"}
    assert {value: place(band(value), LEARNED) for value in told} == told
    assert not place(band(1.0), UNDERSTUDY)


def test_means_are_drawn_where_they_stand():
    def at(value: float) -> float:
        (x,) = re.findall(r'<circle cx="([\d.]+)"', band_plot(band(value)))
        return float(x)

    assert at(1.0) == EDGE
    assert at(5.0) == WIDTH - EDGE
    assert at(3.0) == WIDTH / 2
    assert at(9.0) == WIDTH - EDGE


def test_a_band_that_is_a_point_can_be_drawn():
    assert "svg" in band_plot(Band("lead", "x", (1.0,) * 5, {LEARNED: 1.0}, {}, {}, {}))


def test_no_difference_is_the_middle():
    def drawn(low: float, difference: float, high: float) -> float:
        test = Comparison("lead", "x", "wilcoxon", 9, 0, 0, difference, low, high, 1, 1, "neither")
        return float(re.findall(r'<circle cx="([\d.]+)"', interval_plot(test))[0])

    assert drawn(-1, 0, 2) == WIDTH / 2
    assert drawn(0, 0, 0) == WIDTH / 2
    assert drawn(-3, -2, -1) < WIDTH / 2 < drawn(1, 2, 3)


def test_titles_name_feature_and_players():
    title = band_plot(result().bands[0])
    assert "lead rest_share: real 0.1 to 0.5, median 0.3; learned 0.35 (p25-p75); rules 0.7 (above)" in title
