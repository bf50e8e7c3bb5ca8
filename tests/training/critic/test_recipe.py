"""The critic learns from a made-up corpus, is exported, and the library hands it out."""

import numpy as np
import pytest
import torch

from engines.codec.lead import HOLD, PITCHES, REST
from engines.library import Library, LibraryError
from engines.neural.critic import HEADS, KINDS, Critic
from engines.neural.session import StepSession
from tests.engines.neural.toy import ToySpec, make_toy_lead, toy_card
from tests.training.music import make_corpus
from training.critic import data as data_critic
from training.critic import recipe, report
from training.networks.gru import StepGru, arrays
from training.networks.step_graph import step_graph
from training.options import EvaluateOptions, ExportOptions, TrainOptions, settings


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Data, runs, and a shelf with a lead that has learned nothing."""
    runs, shelf = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("shelf")
    make_toy_lead(shelf)
    return TrainOptions(make_corpus(tmp_path_factory.mktemp("data")), runs, "smoke"), shelf


@pytest.fixture(scope="module")
def windows(place):
    options, shelf = place
    return recipe.datasets(options, settings("critic", options), recipe.lead_of(shelf))[0]


def test_fakes_differ_from_the_real_window_in_what_their_name_says(windows):
    train, dice = windows["train"], np.random.default_rng(1)
    n, first = train.starts[0]
    song = train.pool[n]
    piece = slice(first, first + train.bars)
    for kind in range(len(KINDS)):
        tokens, grid, begun = train._window(0, kind, dice, last=False)
        assert 0 <= begun < train.bars
        if KINDS[kind] == "sampled":
            continue
        assert (tokens[:begun] == song.tokens[piece][:begun]).all()
        assert (grid[:begun] == song.grid[piece][:begun]).all()
        assert KINDS[kind] == "chords" or (grid == song.grid[piece]).all()
        if KINDS[kind] == "transposed":
            onset = tokens[begun:] < PITCHES
            assert (onset == (song.tokens[piece][begun:] < PITCHES)).all()
            assert (tokens[begun:][onset] != song.tokens[piece][begun:][onset]).all()
        if KINDS[kind] == "shifted":
            assert (tokens[begun:] != song.tokens[piece][begun:]).any()


def test_samples_go_on_from_real_bars_over_the_songs_chords(windows):
    train = windows["train"]
    for each in train.samples:
        real = train.pool[each.song].tokens[each.first : each.first + train.bars]
        assert (each.tokens[: each.begun] == real[: each.begun]).all()
        assert each.tokens.shape == real.shape


def test_a_fake_teaches_its_own_head_only(windows):
    batch = windows["train"].of_kinds(np.array([0, 1]), [1, data_critic.REAL], np.random.default_rng(0), last=True)
    assert batch.targets[0, -1].tolist() == [0, 0, 0, 0]
    assert batch.weight[0, -1].tolist() == [0, len(KINDS), 0, 0]
    assert batch.targets[0, :-1].min() == batch.targets[1].min() == 1
    assert batch.weight[1].unique().tolist() == [1]


def test_bars_of_a_window_come_back_from_their_notes():
    line = np.full((2, 16), HOLD)
    line[0, :12], line[0, 12] = REST, 30
    line[1, 8] = 32
    assert (data_critic.to_tokens(data_critic._bars(line), 0)[1] == line[1]).all()


def test_auc_counts_pairs():
    real, fake = np.array([3.0, 1.0], np.float32), np.array([2.0, 1.0], np.float32)
    assert report.auc(real, fake) == pytest.approx((1 + 1 + 0 + 0.5) / 4)


def test_judging_candidates_together_is_judging_each_alone(windows):
    torch.manual_seed(0)
    model = StepGru(recipe.make_spec(settings("critic", TrainOptions(None, None, "smoke")))).eval()
    session = StepSession(step_graph(arrays(model), model.spec))
    batch = windows["train"].of_kinds(np.arange(3), [data_critic.REAL] * 3, np.random.default_rng(0))
    with torch.no_grad():
        wanted = model(batch.tokens, batch.features)[0][:, -1].numpy()
    assert wanted.shape == (3, *HEADS)
    n, first = windows["train"].starts[0]
    song = windows["train"].pool[n]
    piece = slice(first, first + windows["train"].bars)
    critic = Critic(toy_card(ToySpec()), session)
    both = np.stack([song.tokens[piece], song.tokens[piece]])
    both[1, -1] = HOLD
    together = critic.judge(both, song.grid[piece])
    assert np.allclose(together[0], wanted[0], atol=1e-4)
    assert np.allclose(together[1:], critic.judge(both[1:], song.grid[piece]), atol=1e-5)


def test_train_export_evaluate(place):
    options, shelf = place
    recipe.train(options, shelf)
    folder = recipe.export(ExportOptions(options.data, options.runs, shelf, "v1"))
    library = Library(shelf)
    assert (folder / "card.json").exists()
    assert library.verify("lead-critic").kind == "critic"
    with pytest.raises(LibraryError, match="judges bars"):
        library.load_harmony("lead-critic")
    figures = recipe.evaluate(EvaluateOptions(options.data, options.runs, shelf, "v1", write=True))
    assert set(library.card("lead-critic").metrics) >= set(figures)
    assert all(0 <= figures[f"auc.{kind}.{where}"] <= 1 for kind in KINDS for where in report.WHERE)


def test_without_a_lead_there_is_nothing_to_tell_from_music(tmp_path):
    with pytest.raises(FileNotFoundError, match="no lead"):
        recipe.lead_of(tmp_path)
