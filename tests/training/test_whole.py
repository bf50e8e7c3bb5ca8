"""Every recipe has its profiles and its floors, and one command makes them all."""

import msgspec
import pytest
from click.testing import CliRunner

from engines.library import Library
from tests.training.beats import make_chord_corpus, make_drum_corpus
from training import whole
from training.__main__ import main
from training.options import TrainOptions, expert_config
from training.recipes import RECIPES, recipe
from training.whole import Floor


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_chord_corpus(make_drum_corpus(tmp_path_factory.mktemp("data")))


@pytest.mark.parametrize("expert", RECIPES)
def test_every_recipe_has_three_profiles_and_three_functions(expert):
    assert {"smoke", "tiny", "full"} <= set(expert_config(expert).training)
    assert all(callable(getattr(recipe(expert), name)) for name in ("train", "export", "evaluate"))
    assert expert_config(expert).training["tiny"].minutes <= 20


def test_the_plan_knows_every_recipe_and_its_critic_comes_first():
    floors = list(whole.plan().floors)
    assert sorted(floors) == sorted(RECIPES)
    assert floors[0] == "critic" and floors.index("lead") < floors.index("lead-fast")
    assert all(whole.plan().floors.values())


def test_all_of_tiny_is_trained_within_twenty_minutes():
    shares = whole.shares(TrainOptions(None, None, "tiny"), RECIPES, whole.plan().minutes)
    assert 0 < sum(shares.values()) <= 20
    assert shares["lead"] > shares["form"] > 0
    assert sum(whole.shares(TrainOptions(None, None, "tiny", minutes=4), RECIPES, {}).values()) == pytest.approx(4)
    assert set(whole.shares(TrainOptions(None, None, "smoke"), RECIPES, {}).values()) == {-1}


def test_floors_are_numbers_or_figures_beside():
    figures = {"nll": 1.0, "ngram": {"nll": 1.5}, "gain": [0.1, -0.2, 0.3]}
    floors = [
        Floor("nll", "lower", "ngram.nll"),
        Floor("nll", "lower", "ngram.nll", 0.5),
        Floor("gain", "higher", 0),
        Floor("ngram.nll", "higher", 2),
    ]
    marks = whole.judged(figures, floors)
    assert [mark.passed for mark in marks] == [True, False, True, False]
    assert marks[1].limit == 0.75


def test_experts_are_made_one_after_the_other_and_none_twice(data, tmp_path, monkeypatch):
    plan = whole.plan()
    some = {name: plan.floors[name] for name in ("drums", "accompaniment", "harmony-ngram")}
    monkeypatch.setattr(whole, "plan", lambda: msgspec.structs.replace(plan, floors=some))
    words = ["train", "all", "--data", str(data), "--runs", str(tmp_path), "--profile", "smoke"]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()[-3:]
    assert [line.split()[0] for line in lines] == list(some)
    assert (
        "velocity_mae" in lines[0]
        and "skipped: [Errno 2] No such file" in lines[1]
        and "harmony-ngram.top1" in lines[2]
    )
    library = Library(tmp_path / "all" / "smoke-models")
    assert library.verify("drums-gru").profile == "smoke"
    assert library.card("drums-gru").metrics["velocity_mae"] > 0

    kept = (tmp_path / "all" / "smoke.json").read_bytes()
    again = CliRunner().invoke(main, [*words, "--resume"], catch_exceptions=False)
    assert again.stdout.splitlines()[-3:] == lines
    assert (tmp_path / "all" / "smoke.json").read_bytes() == kept
