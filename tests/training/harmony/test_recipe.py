import json
from functools import partial

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from engines.codec.harmony import CHORDS, DURATIONS, HEADS, POINTER, VOCABULARIES, token_of
from engines.expert import HarmonyRequest
from engines.library import Library
from engines.theory.key import Key
from tests.training.beats import make_chord_corpus
from training.__main__ import main
from training.harmony import listening
from training.harmony import recipe as harmony
from training.harmony import report as report_harmony
from training.harmony.data import Song, held_out, songs
from training.harmony.recipe import HarmonyLoss, mixture
from training.harmony.windows import HarmonyWindows, corpus, tension
from training.options import EvaluateOptions, ExportOptions, TrainOptions
from training.run import Batch


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_chord_corpus(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def sides(data):
    return corpus(data)


@pytest.fixture
def a_short_listening(monkeypatch):
    """Every figure of what is heard, over fewer phrases."""
    monkeypatch.setattr(listening, "figures", partial(listening.figures, seeds=2))


def test_the_benchmarks_songs_are_learned_from_by_nobody(data, sides):
    pop = songs(data)["pop909"]
    assert len(sides["test"]) == len(held_out(pop)) == 90
    others = sum(len(part) for folder, part in songs(data).items() if folder != "pop909")
    assert len(sides["train"]) + len(sides["valid"]) == len(pop) - 90 + others
    train, test = harmony.benchmark(data)
    assert (len(train), len(test)) == (len(pop) - 90, 90)


def test_without_dice_no_condition_is_told(sides):
    windows = HarmonyWindows(sides["train"], 0)
    batch = windows.batch(np.arange(len(windows)), None)
    assert batch.tokens.shape[-1] == len(VOCABULARIES)
    assert (batch.tokens[..., 5:8] == 0).all()
    assert (batch.features[..., :2] == 0).all()
    assert batch.features[..., 2:].any(), "what returns is seen all the same"


def test_with_dice_windows_are_cropped_and_most_conditions_told(sides):
    windows = HarmonyWindows(sides["train"], 6, drop=0.15, blind=0.3)
    batch = windows.batch(np.zeros(200, int), np.random.default_rng(0))
    assert batch.tokens.shape[:2] == (200, 6)
    assert 0.4 < float((batch.tokens[:, 0, 5] > 0).float().mean()) < 0.8
    assert torch.equal(batch.tokens, windows.batch(np.zeros(200, int), np.random.default_rng(0)).tokens)


def test_without_time_nothing_tells_when_a_chord_changed(data):
    bare, told = corpus(data, timeless=True), corpus(data)
    assert [len(part) for part in bare.values()] == [len(part) for part in told.values()]
    for sequence in bare["test"]:
        size = len(sequence.targets)
        assert (sequence.tokens[1:, 2] == DURATIONS.index(4)).all()
        assert (sequence.tokens[:, 3] == 0).all()
        assert (sequence.tokens[:, 4] == np.arange(size) % 8).all()
        assert (sequence.targets[1:, 0] != sequence.targets[:-1, 0]).all()


def test_some_windows_are_shown_without_time_and_told_nothing(sides, data):
    bare = corpus(data, timeless=True)["train"]
    windows = HarmonyWindows(sides["train"], 6, timeless=(bare, 0.5))
    batch = windows.batch(np.zeros(200, int), np.random.default_rng(0))
    untold = (batch.tokens[..., 5:8] == 0).all(-1).all(-1)
    assert 0.3 < float(untold.float().mean()) < 0.7
    assert (batch.features[untold, :, 1] == 0).all()


def test_a_chord_of_the_right_function_costs_less(sides):
    targets = torch.tensor([[[token_of(7, "maj"), 1]]])
    weight = torch.ones(1, 1)
    logits = torch.zeros(1, 1, sum(HEADS))
    near, far = logits.clone(), logits.clone()
    near[..., token_of(11, "dim")] = 5.0
    far[..., token_of(5, "maj")] = 5.0
    batch = Batch(weight, weight, targets, weight)
    losses = [HarmonyLoss(0.0, 0.5)(each, batch) for each in (near, far)]
    assert losses[0][0] < losses[1][0]
    assert losses[0][1]["nll"] == pytest.approx(losses[1][1]["nll"])


def test_tension_is_higher_for_foreign_and_coloured_chords_off_the_tonic():
    def song(tokens):
        count = len(tokens)
        return Song("s", tuple(4.0 * n for n in range(count)), tokens, (4.0,) * count, 1, (0,) * count, (0,) * count)

    calm = song((0, 5 * 11, 0, 5 * 11))
    tense = song((1 * 11, 6 * 11 + 7, 8 * 11 + 2, 3 * 11 + 4))
    assert tension(tense).min() > tension(calm).max()


def crafted(gate, copies=None):
    """Logits of four steps that write evenly; each step's query finds the key of step `copies`."""
    logits = torch.zeros(1, 4, sum(HEADS))
    start = CHORDS + HEADS[1]
    logits[..., -1] = gate
    if copies is not None:
        logits[:, copies, start + POINTER] = 40.0
        logits[:, :, start] = 40.0
    return logits


def test_an_open_gate_writes_and_a_closed_one_copies():
    targets = torch.tensor([[[3, 1], [14, 1], [25, 1], [3, 1]]])
    weight = torch.ones(1, 4)
    writes, _ = mixture(crafted(20.0), targets, weight)
    assert torch.allclose(writes.exp(), torch.full_like(writes, 1 / CHORDS), atol=1e-4)
    copies, both = mixture(crafted(-20.0, copies=0), targets, weight)
    assert copies[0, 3].argmax() == 3  # the change after step 0 was chord 3
    assert copies[0, 3, 3] == pytest.approx(0, abs=1e-3)
    assert both[0, 3] == pytest.approx(0, abs=1e-3)
    assert both[0, 2] < -10


def test_nothing_later_is_ever_copied():
    targets = torch.tensor([[[3, 1], [14, 1], [25, 1], [3, 1]]])
    changed = targets.clone()
    changed[0, 2:] = torch.tensor([50, 2])
    weight = torch.ones(1, 4)
    one, other = (mixture(crafted(0.0, 0), each, weight)[0] for each in (targets, changed))
    assert torch.equal(one[0, :3], other[0, :3])
    assert torch.isfinite(HarmonyLoss(0.3)(crafted(0.0), Batch(weight, weight, targets, weight))[0])


def test_the_reports_mixture_is_the_trainings():
    dice = torch.Generator().manual_seed(0)
    logits = torch.randn(1, 12, sum(HEADS), generator=dice)
    targets = torch.stack(
        [torch.randint(CHORDS, (1, 12), generator=dice), torch.randint(6, (1, 12), generator=dice)], dim=-1
    )
    torch_way = mixture(logits, targets, torch.ones(1, 12))[0].exp()[0].numpy()
    assert np.allclose(report_harmony.mixture(logits[0].numpy(), targets[0].numpy()), torch_way, atol=1e-5)


def test_scores_forbid_the_chord_before_and_renormalise():
    score = report_harmony.Score()
    chances = np.full(72, 0.5 / 71)
    chances[4] = 0.5
    score.add(chances, 4, 7)
    assert score.nats == pytest.approx(np.log(71))
    assert (score.first, score.third) == (0, 0)


def test_a_cached_ngram_learns_the_song_it_hears():
    songs_ = [tuple(11 * root for root in (0, 5, 7)) * 6]
    other = [tuple(11 * root for root in (1, 2, 3)) * 8]
    plain, cached = (report_harmony.score_ngram(songs_, other, 3, cache).figures("x") for cache in (0, 8))
    assert cached["x.nll"] < plain["x.nll"]
    assert cached["x.top1"] > 0.6 > plain["x.top1"]


@pytest.mark.usefixtures("a_short_listening")
def test_from_files_to_an_expert_that_chooses_and_a_report(data, tmp_path):
    common = ["--data", str(data), "--runs", str(tmp_path / "runs")]
    shelf = ["--models", str(tmp_path / "models"), "--version", "v1"]
    for command in (
        ["train", "harmony", *common, "--profile", "smoke"],
        ["export", "harmony", *common, *shelf],
        ["evaluate", "harmony", *common, *shelf, "--write", "--json", str(tmp_path / "report.json")],
    ):
        done = CliRunner().invoke(main, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    library = Library(tmp_path / "models")
    card = library.verify(harmony.NAME)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["harmony.events"] > 90 * 8
    assert report["harmony.ngram6_cache.top1"] > 0.9, "the made songs are loops"
    assert card.metrics["harmony.nll"] == report["harmony.nll"]
    assert report["harmony.nll"] != report["harmony.nll_timed"]
    assert {"harmony.play.cadence", "harmony.play.tension_spearman"} <= set(report)
    chosen = library.load_harmony(harmony.NAME).choose(HarmonyRequest("x", "drop", 0, 0.5, 0.3, Key(9, "minor"), 4))
    assert len(chosen) == 4


@pytest.mark.usefixtures("a_short_listening")
def test_the_counted_expert_from_files_to_chords_and_a_report(data, tmp_path):
    common = ["--data", str(data), "--runs", str(tmp_path / "runs")]
    shelf = ["--models", str(tmp_path / "models"), "--version", "v1"]
    for command in (
        ["train", "harmony-ngram", *common, "--profile", "smoke"],
        ["export", "harmony-ngram", *common, *shelf],
        ["evaluate", "harmony-ngram", *common, *shelf, "--write", "--json", str(tmp_path / "report.json")],
    ):
        done = CliRunner().invoke(main, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["harmony-ngram.top1"] > 0.8, "the made songs are loops"
    expert = Library(tmp_path / "models").load_harmony("harmony-ngram")
    assert len(expert.choose(HarmonyRequest("x", "drop", 0, 0.5, 0.3, Key(9, "minor"), 4))) == 4


@pytest.mark.usefixtures("a_short_listening")
def test_a_folder_of_other_music_without_enough_chords_is_passed_over(data, tmp_path, monkeypatch):
    monkeypatch.setattr(harmony, "FOLDERS", ("pop909",))
    monkeypatch.setattr(harmony.elsewhere, "songs", lambda *_: iter(()))
    options = TrainOptions(data, tmp_path, "smoke")
    harmony.train(options)
    harmony.export(ExportOptions(data, tmp_path, tmp_path / "models", "v1"))
    found = harmony.evaluate(EvaluateOptions(data, tmp_path, tmp_path / "models"))
    assert not [name for name in found if "pop909" in name] and "harmony.nll" in found
