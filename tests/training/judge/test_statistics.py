import numpy as np
import pytest
from msgspec.structs import replace

from training.judge.result import LEARNED, UNDERSTUDY, Comparison
from training.judge.statistics import bands, compare, holm, inside, interval, misfits, nearer

DICE = np.random.default_rng(0)


def values(shift: float, count: int = 20, prefix: str = "b") -> dict[str, float]:
    return {f"{prefix}{n}": float(shift + x) for n, x in enumerate(np.random.default_rng(1).normal(0, 1, count))}


def test_pairs_are_tested_as_pairs() -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, 20)
    learned = {name: value - 0.3 + noise[n] for n, (name, value) in enumerate(values(0).items())}
    found = compare("lead", "x", learned, values(0), better="lower", resamples=500)
    assert found is not None and found.test == "wilcoxon"
    assert found.p < 0.001  # unpaired, .3 would drown in the spread of 1
    assert found.low < found.difference < found.high < 0
    assert found.better == LEARNED
    assert compare("lead", "x", learned, values(0), better="higher", resamples=50).better == UNDERSTUDY


def test_others_by_mann_whitney_and_too_few_not_at_all() -> None:
    found = compare("lead", "x", values(0, prefix="a"), values(3), better="higher", resamples=500)
    assert found is not None and found.test == "mann-whitney"
    assert found.better == UNDERSTUDY and found.p < 1e-4 and found.high < 0
    assert compare("lead", "x", values(0, 5), values(0, 5), better="higher", resamples=10) is None
    same = compare("lead", "x", values(0), values(0), better="lower", resamples=10)
    assert same is not None and same.p == 1


def test_holm_by_hand() -> None:
    plain = Comparison("v", "f", "wilcoxon", 9, 0, 0, 0, 0, 0, 0, 0, LEARNED)
    found = holm([replace(plain, p=p) for p in (0.04, 0.01, 0.03, 0.5)], 0.05)
    assert [each.p_holm for each in found] == pytest.approx([0.09, 0.04, 0.09, 0.5])
    assert [each.better for each in found] == ["neither", LEARNED, "neither", "neither"]
    assert holm([], 0.05) == []


def test_bands_of_real_music() -> None:
    real = {f"r{n}": {"x": float(n)} for n in range(101)}
    made = {f"m{n}": {"x": 200.0 + n} for n in range(10)}
    (band,) = bands("lead", real, {LEARNED: made})
    assert band.real == (10, 25, 50, 75, 90)
    assert band.means == {"real": 50, LEARNED: 204.5}
    assert band.inside == {"real": pytest.approx(81 / 101), LEARNED: 0}
    assert band.overlap[LEARNED] < 0.1 and band.common[LEARNED] < 0.01
    assert inside(np.array([1.0, 2.0, 3.0, 9.0]), 2, 3) == 0.5


def test_bootstrap_holds_the_mean() -> None:
    low, high = interval(list(values(5).values()), 500)
    assert low < np.mean(list(values(5).values())) < high
    assert high - low < 1.5


def test_misfit_is_energy_distance_and_collapse_is_no_virtue() -> None:
    dice = np.random.default_rng(0)
    real = {str(n): float(x) for n, x in enumerate(dice.normal(0, 1, 300))}
    alike = {str(n): float(x) for n, x in enumerate(dice.normal(0, 1, 300))}
    median = dict.fromkeys(alike, 0.0)
    away = {name: value + 2 for name, value in alike.items()}
    near, collapsed, far = (float(np.mean(list(misfits(each, real).values()))) for each in (alike, median, away))
    assert 0 <= near < 0.05
    assert 0.2 < collapsed < far
    assert misfits({"a": 1.0, "b": 2.0}, {"x": 1.0, "y": 1.0}) == {"a": 0.0, "b": 1.0}


def test_misfit_by_hand() -> None:
    # real 0 and 2: spread 1. of x = 0 and 4: 2 * (0 + 2) / 2 - (0 + 4) / 2 - 1; 2 * (4 + 2) / 2 - (4 + 0) / 2 - 1
    assert misfits({"a": 0.0, "b": 4.0}, {"x": 0.0, "y": 2.0}) == {"a": -1.0, "b": 3.0}


def test_each_feature_is_tested_against_real_music() -> None:
    real = {f"r{n}": {"x": float(n % 7)} for n in range(40)}
    good = {f"b{n}": {"x": float(n % 7)} for n in range(20)}
    dull = {f"b{n}": {"x": 3.0} for n in range(20)}
    (found,) = nearer("lead", real, {LEARNED: good, UNDERSTUDY: dull}, 100)
    assert found.learned < found.understudy
    assert nearer("lead", real, {LEARNED: good}, 100) == []
