import json
from functools import partial

import msgspec
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from engines.codec.grid import FEATURES
from engines.codec.lead import HOLD, PITCHES
from engines.library import Library
from engines.neural.probe import probe_request
from tests.training.music import make_corpus
from training import whole
from training.__main__ import main
from training.lead import data as data_lead
from training.lead import recipe as lead
from training.lead import report, task
from training.lead import windows as windows_lead
from training.lead.likelihood import baseline
from training.networks.transformer import StepTransformer, TransformerSpec
from training.options import TrainOptions, settings
from training.run import Run, Trainer, load_best


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def options(data, tmp_path_factory):
    return TrainOptions(data, tmp_path_factory.mktemp("runs"), profile="smoke")


def test_songs_are_read_relative_to_their_key(data):
    segments = data_lead.read(data)
    assert len(segments) == 24
    for segment in segments:
        assert segment.bars == 24
        assert {int(t - 30) % 12 for t in segment.tokens[segment.tokens < PITCHES]} <= {0, 2, 4, 7, 9}
        assert [c.root for c in segment.chords[1]] == [9, 9, 9, 9, 5]
        assert (segment.tokens[:, ::4] < PITCHES).all()
        assert (segment.tokens[:, 1::4] == HOLD).all()


def test_measured_tension_and_density_follow_the_music(data):
    segments = data_lead.read(data)
    tension = [m[:, 0] for m in windows_lead.measure(segments)]
    rises = [level[12:].mean() - level[:12].mean() for level in tension]  # an octave up and louder
    assert min(rises) > 0.3
    flat = np.concatenate(tension)
    assert flat.min() == 0
    assert flat.max() == 1


def test_conditions_are_told_and_vary(options):
    windows, _ = task.datasets(options, 4)
    batch = windows["pop"].batch(np.arange(8), None)
    assert batch.features.shape == (8, 64, FEATURES)
    assert batch.tokens.shape == (8, 64, 4)
    spread = batch.features.reshape(-1, FEATURES).std(0)
    assert (spread[[0, 9, 5, 7]] > 0).all(), "the network must hear the chords"
    assert spread[78] > 0, "and the tension"
    assert (batch.tokens[:, 1:, 0] == batch.targets[:, :-1, 0]).all()


def test_augmentation_drops_conditions_and_keeps_pitch_classes(options):
    windows, _ = task.datasets(options, 4)
    plain = windows["pop"].batch(np.zeros(64, int), None)
    moved = windows["pop"].batch(np.zeros(64, int), np.random.default_rng(0))
    flags = moved.features[:, 0, -4:].mean(0)
    assert ((flags > 0.02) & (flags < 0.5)).all()
    assert plain.features[:, 0, -4:].sum() == 0
    assert set(np.unique(moved.targets[..., 0] % 1)) == {0}
    again = windows["pop"].batch(np.zeros(64, int), np.random.default_rng(0))
    assert torch.equal(moved.tokens, again.tokens)


def test_no_song_is_on_two_sides(data):
    sides = windows_lead.divide(data_lead.read(data))
    names = [{segment.name for segment in part} for part in sides.values()]
    assert sum(map(len, names)) == len(set.union(*names)) == 24
    assert all(names)


def test_an_interrupted_run_goes_on_to_the_same_weights(options, tmp_path, monkeypatch):
    plain = settings("lead", options)
    chosen = msgspec.structs.replace(plain, epochs=2, extra=plain.extra | {"epoch_windows": 48})
    windows, digest = task.datasets(options, chosen.window_bars)
    mixed = task.Mixed(windows, chosen)
    identity = Run("lead", "smoke", chosen, digest, "r", 0)

    def trainer(folder):
        torch.manual_seed(0)
        return Trainer(StepTransformer(lead.make_spec(chosen)), task.loss, identity, folder)

    torch.manual_seed(0)
    whole = load_best(trainer(tmp_path / "whole").fit(mixed, windows["valid"]), StepTransformer, TransformerSpec)
    broken = trainer(tmp_path / "broken")
    update = broken._update

    def stop_after_eight(batch, steps):
        if broken.updates == 8:
            raise KeyboardInterrupt
        return update(batch, steps)

    monkeypatch.setattr(broken, "_update", stop_after_eight)
    with pytest.raises(KeyboardInterrupt):
        broken.fit(mixed, windows["valid"])
    again = trainer(tmp_path / "broken")
    assert again.resume()
    assert again.updates == 8
    resumed = load_best(again.fit(mixed, windows["valid"]), StepTransformer, TransformerSpec)
    assert again.epoch == 2
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


def test_from_songs_to_an_expert_that_plays(data, tmp_path):
    common = ["--data", str(data), "--runs", str(tmp_path / "runs")]
    for expert in ("lead", "lead-fast"):
        for command in (
            ["train", expert, *common, "--profile", "smoke"],
            ["export", expert, *common, "--models", str(tmp_path / "models"), "--version", "v1"],
        ):
            done = CliRunner().invoke(main, command, catch_exceptions=False)
            assert done.exit_code == 0, done.output
    library = Library(tmp_path / "models")
    for name in ("lead-transformer", "lead-gru"):
        card = library.verify(name)
        assert card.sources[0].folder == "pop909"
        assert card.metrics["torch_parity"] < 1e-3
        assert card.profile == "smoke"
        assert library.load(name).write(probe_request(("lead",)))
    folder = next((tmp_path / "runs" / "lead").iterdir())
    assert {"best.pt", "last.pt", "run.json", "history.json", "loss.png"} <= {p.name for p in folder.iterdir()}
    assert json.loads((folder / "run.json").read_text())["seed"] == 0


def test_the_report_of_a_lead_goes_into_its_card(data, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "ramp", partial(report.ramp, seeds=1, bars=8))
    monkeypatch.setattr(report, "write_ms", partial(report.write_ms, bars=2))
    common, shelf = ["--data", str(data), "--runs", str(tmp_path / "runs")], ["--models", str(tmp_path / "models")]
    for command in (
        ["train", "lead", *common, "--profile", "smoke"],
        ["export", "lead", *common, *shelf, "--version", "v1"],
        ["evaluate", "lead", *common, *shelf, "--write", "--json", str(tmp_path / "report.json")],
    ):
        done = CliRunner().invoke(main, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "report.json").read_text())
    metrics = Library(tmp_path / "models").card("lead-transformer").metrics
    assert metrics["told_everything.nll"] == pytest.approx(figures["told_everything"]["nll"], abs=1e-4)
    assert 0 < figures["ngram"]["nll"] < np.log(PITCHES + 2)
    assert all(mark.figure in metrics for mark in whole.judged(figures, whole.plan().floors["lead"]))


def test_an_ngram_that_hears_the_window_knows_a_line_that_repeats(options):
    windows, _ = task.datasets(options, 8)
    train = [segment for segment in windows["pop"].segments if not segment.minor]
    once = msgspec.structs.replace(train[0], tokens=np.tile(train[0].tokens[:1], (8, 1)), bars=8)
    test = windows_lead.LeadWindows([once], [windows["pop"].given[0][:8]], 8, 8)
    plain, cached = (baseline(train[1:], test, 3, cached=cached) for cached in (False, True))
    assert cached[0] < plain[0]
    assert 0 <= plain[1] <= cached[1] <= 1


def test_unknown_profiles_are_named(data, tmp_path):
    with pytest.raises(ValueError, match="tiny, smoke, full"):
        settings("lead", TrainOptions(data, tmp_path, profile="huge"))
