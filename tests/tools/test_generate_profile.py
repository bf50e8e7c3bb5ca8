import pytest

from tools.generate_profile import BUDGET_MS, Stopwatch, rows


def test_stages_stand_beside_their_budget_in_proportion():
    found = rows({"lead": 750.0, "drums": 250.0, "piece.png": 4000.0}, bars=32, beyond=("piece.png", "piece.wav"))
    assert found == [
        ["lead", "750.0", "75%", "3000", "25%"],
        ["drums", "250.0", "25%", "", ""],
        ["total", "1000.0", "100%", "7200", "14%"],
        ["piece.png", "4000.0", "", "", ""],
    ]


def test_the_budget_is_3600_ms_for_16_bars():
    assert sum(BUDGET_MS.values()) == 3600.0


def test_nothing_took_nothing():
    assert rows({}, bars=16) == [["total", "0.0", "", "3600", "0%"]]


def test_a_stage_that_fails_is_not_timed():
    watch = Stopwatch()
    with pytest.raises(KeyboardInterrupt), watch.timing("lead"):
        raise KeyboardInterrupt
    with watch.timing("bass"):
        pass
    assert list(watch.stages) == ["bass"]
