import json

import pytest
import torch
from click.testing import CliRunner

from engines.codec import form as codec
from engines.library import Library
from tests.engines.band import GENRES
from tests.engines.neural.toys import make_toy
from tests.training.form.making import make_form_corpus
from training.__main__ import main
from training.form import playing
from training.form.recipe import FormLoss
from training.run import Batch


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_form_corpus(tmp_path_factory.mktemp("data"))


def test_the_length_that_counts_is_that_of_the_true_function_and_the_end_has_none():
    logits = torch.zeros(1, 2, sum(codec.HEADS))
    targets = torch.tensor([[[3, 4], [codec.END, 0]]])
    batch = Batch(targets, logits, targets, torch.ones(1, 2))
    flat = FormLoss(1.0)(logits, batch)[1]
    assert flat["length"] == pytest.approx(torch.tensor(len(codec.LENGTHS)).log().item() / 2)
    right, wrong = logits.clone(), logits.clone()
    right[0, 0, codec.HEADS[0] + 3 * len(codec.LENGTHS) + 4] = 9.0
    wrong[0, 0, codec.HEADS[0] + 2 * len(codec.LENGTHS) + 4] = 9.0
    assert FormLoss(1.0)(right, batch)[1]["length"] < 0.01
    assert FormLoss(1.0)(wrong, batch)[1]["length"] == pytest.approx(flat["length"])


def test_from_songs_to_an_expert_with_its_report(data, tmp_path, monkeypatch):
    monkeypatch.setattr(playing, "TRACKS", 2)
    runs, models = str(tmp_path / "runs"), str(tmp_path / "models")
    for arguments in (
        ["train", "form", "--data", str(data), "--runs", runs, "--profile", "smoke"],
        ["export", "form", "--data", str(data), "--runs", runs, "--models", models, "--version", "v1"],
        ["evaluate", "form", "--data", str(data), "--runs", runs, "--models", models, "--write"],
    ):
        done = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    figures = json.loads(done.output)
    assert figures["form.nll"] == pytest.approx(figures["form.function"] + figures["form.length"])
    assert any(name.startswith("form.ngram") for name in figures)
    assert figures["form.open.grid8"] == figures["form.wished.closed"] == 1.0
    card = Library(tmp_path / "models").verify("form-gru")
    assert card.metrics["form.nll"] == figures["form.nll"]
    assert {source.folder for source in card.sources} == {"mcgill_billboard", "rs200"}


def test_measures_tell_the_grid_the_energy_and_the_variety(tmp_path):
    expert = Library(tmp_path).load_form(make_toy(tmp_path, "form"), "v1")
    genre = GENRES["uplifting"]
    tracks = [playing.plan_form(genre, 212, seed, expert) for seed in range(5)]
    found = playing.measures(genre, tracks)
    assert found["grid4"] == 1
    assert found["bars"] == found["bars_p10"] == 212
    assert found["energy"] > 0.9
    assert 0.2 <= found["forms"] <= found["plans"] <= 1
    same = playing.measures(genre, tracks[:1] * 5)
    assert same["plans"] == 0.2


def test_lengths_are_told_apart_as_harmonix_tells_them():
    assert playing.classes(playing.np.array([8, 16, 32, 12, 9])) == pytest.approx([0.2] * 5)
    assert sum(playing.HARMONIX) == pytest.approx(1)
