import json

import msgspec
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from engines.codec.drums import COUNT, FEATURES, PAIRS
from engines.library import Library
from engines.neural.probe import probe_request
from tests.training.beats import make_drum_corpus
from training.__main__ import main
from training.drums import recipe as drums
from training.drums import report as report_drums
from training.drums.data import pieces
from training.drums.recipe import DrumLoss, hit_logits
from training.drums.windows import DrumWindows, drop_conditions, sequence
from training.run import Batch

TOLD = (81, 83)  # density and intensity, each followed by its flag


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_drum_corpus(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def sequences(data):
    return [sequence(piece) for piece in pieces(data)]


def test_windows_show_each_step_the_one_before(sequences):
    windows = DrumWindows(sequences, 2)
    batch = windows.batch(np.arange(len(windows)), None)
    assert batch.features.shape == (len(windows), 32, FEATURES)
    both = (batch.weight[:, 1:] * batch.weight[:, :-1])[..., None]
    assert torch.equal(batch.features[:, 1:, :COUNT] * both, batch.targets[:, :-1, :COUNT] * both)


def test_without_dice_nothing_of_the_bar_itself_is_told(sequences):
    windows = DrumWindows(sequences, 2)
    batch = windows.batch(np.arange(len(windows)), None)
    assert (batch.tokens[..., 3] == 0).all()
    assert all((batch.features[..., column : column + 2] == 0).all() for column in TOLD)
    assert batch.tokens[..., 2].any(), "the style may be known"


def test_with_dice_conditions_are_told_most_of_the_time(sequences):
    windows = DrumWindows(sequences, 2, drop=0.15, blind=0.25)
    batch = windows.batch(np.zeros(400, int), np.random.default_rng(0))
    told = [float(batch.features[:, 0, column + 1].mean()) for column in TOLD]
    assert all(0.5 < share < 0.8 for share in told)
    again = windows.batch(np.zeros(400, int), np.random.default_rng(0))
    assert torch.equal(batch.features, again.features)


def test_dance_comes_more_often(sequences):
    four = sum(found.piece.style == "four" for found in sequences)
    assert four
    assert len(DrumWindows(sequences, 4, four=3)) == len(DrumWindows(sequences, 4)) + 2 * four


def test_hiding_leaves_the_history_alone():
    features = np.ones((5, 4, FEATURES), np.float32)
    drop_conditions(np.ones((5, 4, 5), np.int64), features, np.random.default_rng(0), 1.0, 1.0)
    assert (features[..., :81] == 1).all()
    assert (features[..., 81:] == 0).all()


def test_each_class_hears_only_the_classes_before_it():
    logits = torch.zeros(1, COUNT + len(PAIRS) + 2 * COUNT)
    logits[0, COUNT : COUNT + len(PAIRS)] = 1.0
    hits = torch.zeros(1, COUNT)
    hits[0, 2] = 1
    assert hit_logits(logits, hits)[0].tolist() == [0, 0, 0, *[1] * (COUNT - 3)]
    assert np.array_equal(report_drums.coupled(logits.numpy(), hits.numpy()), hit_logits(logits, hits).numpy())


def test_velocity_and_timing_are_learned_only_where_they_are_worth_it():
    targets = torch.zeros(1, 2, 3 * COUNT + 2)
    targets[..., 0] = 1  # two kicks, of which only the second is dynamic and timed
    targets[..., COUNT] = 1.0
    targets[0, 1, -2:] = 1
    logits = torch.zeros(1, 2, 2 * COUNT + len(PAIRS) + COUNT)
    logits[0, 0, -2 * COUNT] = 9.0
    batch = Batch(torch.zeros(1, 2, 5), torch.zeros(1, 2, FEATURES), targets, torch.ones(1, 2))
    _, figures = DrumLoss(1, 1)(logits, batch)
    assert figures["velocity"] == pytest.approx(0.5)
    assert figures["offset"] == 0
    assert figures["nll"] == pytest.approx(COUNT * np.log(2))


def test_the_report_knows_perfection(sequences):
    targets = np.concatenate([found.targets for found in sequences])[None]
    logits = np.zeros((1, targets.shape[1], 2 * COUNT + len(PAIRS) + COUNT), np.float32)
    logits[..., :COUNT] = 60 * targets[..., :COUNT] - 30
    velocity = np.clip(targets[..., 9:18], 1e-6, 1 - 1e-6)
    logits[..., -2 * COUNT : -COUNT] = np.log(velocity / (1 - velocity))
    logits[..., -COUNT:] = np.arctanh(np.clip(targets[..., 18:27], -0.999, 0.999))
    figures = report_drums.figures(logits, targets, np.ones(targets.shape[:2], np.float32))
    assert figures["hit_f1"] == 1
    assert figures["nats_per_step"] < 1e-6
    assert figures["velocity_mae"] < 0.01
    assert figures["timing_mae_ticks"] < 0.1


def test_baselines_know_what_always_repeats(data):
    every = pieces(data)
    found = report_drums.baselines([p for p in every if p.split == "train"], [p for p in every if p.split == "test"])
    assert found["repeat_hit_f1"] == 1
    assert found["mean_timing_mae_ticks"] < 0.1
    assert found["ngram_nats_per_step"] < 0.1
    assert found["ngram_bar_before_nats_per_step"] < 0.1


def test_from_files_to_an_expert_that_plays_and_a_report(data, tmp_path):
    common = ["--data", str(data), "--runs", str(tmp_path / "runs")]
    shelf = ["--models", str(tmp_path / "models"), "--version", "v1"]
    for command in (
        ["train", "drums", *common, "--profile", "smoke"],
        ["export", "drums", *common, *shelf],
        ["evaluate", "drums", *common, *shelf, "--write", "--json", str(tmp_path / "report.json")],
    ):
        done = CliRunner().invoke(main, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    library = Library(tmp_path / "models")
    card = library.verify(drums.NAME)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["held_out_bars"] == 6
    assert card.metrics["hit_f1"] == report["hit_f1"]
    assert {source.folder for source in card.sources} == {
        "groove", "drum_patterns", "lmms_projects", "freedoom_midi",
    }  # fmt: skip
    assert library.load(drums.NAME).write(probe_request(("drums",)))


def test_the_card_names_the_runs_revision(data, tmp_path):
    options = drums.TrainOptions(data, tmp_path, profile="smoke")
    run = json.loads((drums.train(options) / "run.json").read_text())
    assert (run["expert"], run["data_sha256"]) == ("drums", drums.data_hash(data, drums.SOURCES))
    assert msgspec.convert(run, drums.Run).settings.hidden == 8
