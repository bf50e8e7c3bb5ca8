from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from engines.codec.drums import Hits, decode
from engines.library import Library
from tests.engines.neural.toys import make_toy
from tests.training.beats import make_drum_corpus
from tests.training.judge.making import small
from training.drums.data import groove
from training.judge import drums
from training.judge.drums import errors, features, judge, style
from training.judge.result import LEARNED, UNDERSTUDY


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_drum_corpus(tmp_path_factory.mktemp("data"))


def test_errors_against_the_mean_of_the_training_takes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = make_toy(tmp_path, "drums")
    shelf = tmp_path / name / "v1", Library(tmp_path).card(name, "v1")
    found = {f.name: f for f in judge(shelf, data)}
    assert found["drums.velocity_mae"].baseline == 0  # every made take is the same
    assert found["drums.velocity_mae_ratio"].value is None
    monkeypatch.setattr(drums, "means", lambda *_: {"mean_velocity_mae": 40.0, "mean_timing_mae_ticks": 10.0})
    found = {f.name: f for f in judge(shelf, data)}
    for each, mean in (("velocity_mae", 40), ("timing_mae", 10)):
        assert found[f"drums.{each}_ratio"].value == pytest.approx(found[f"drums.{each}"].value / mean)


def test_errors_do_not_hang_on_how_takes_are_padded(data: Path, tmp_path: Path) -> None:
    name = make_toy(tmp_path, "drums")
    shelf = tmp_path / name / "v1", Library(tmp_path).card(name, "v1")
    takes = [piece for piece in groove(data / "groove") if piece.split == "test"]
    alone = errors(*shelf, takes[:1])
    assert alone == pytest.approx(errors(*shelf, takes[:1] * 2))
    assert 0 <= alone["hit_f1"] <= 1


def test_what_is_missing_is_told(data: Path, tmp_path: Path) -> None:
    assert {f.note for f in judge(None, None)} == {"no folder groove below --data"}
    assert {f.note for f in judge(None, data)} == {"rules play the drums"}
    assert style(None, {}, small()) == ([], [])


def bar(velocity: float, late: float) -> Hits:
    found = Hits.silence()
    found.hits[::4, 0] = True
    found.velocities[::4, 0], found.velocities[4, 0] = 0.5, velocity
    found.offsets[4, 0] = late
    return found


def test_features_by_hand() -> None:
    found = features([bar(0.5, 0.0), bar(0.5, 0.0)])
    assert found == {
        "hits_per_bar": 4, "instruments": 1, "velocity_spread": 0, "timing_spread_ticks": 0, "bar_to_bar_f1": 1,
    }  # fmt: skip
    spread = features([bar(0.9, 1.0)])
    assert spread["velocity_spread"] == pytest.approx(np.std([0.5, 0.9, 0.5, 0.5]) * 127)
    assert spread["timing_spread_ticks"] == pytest.approx(np.std([0, 1, 0, 0]) * 59)
    assert features([Hits.silence()]) == {}


def test_style_compares_players_with_drummers(data: Path) -> None:
    take = next(piece for piece in groove(data / "groove") if piece.split == "test")
    real = [decode(each) for each in take.bars]
    flat = [decode(bar(0.5, 0.0))] * len(real)
    numbers = replace(small(), excerpt_bars=3)
    players = {LEARNED: {f"b{n}": real for n in range(8)}, UNDERSTUDY: {f"b{n}": flat for n in range(8)}}
    bands, tests = style(data, players, numbers)
    assert {band.feature for band in bands} == set(features([bar(0.5, 0)]))
    hits = next(test for test in tests if test.feature == "hits_per_bar")
    assert hits.better == LEARNED and hits.learned < hits.understudy
