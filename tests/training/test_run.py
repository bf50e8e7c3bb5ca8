import pytest

from tests.training.beats import make_chord_corpus, make_drum_corpus
from training.options import TrainOptions
from training.recipes import recipe


@pytest.mark.parametrize(("expert", "corpus"), [("drums", make_drum_corpus), ("harmony", make_chord_corpus)])
def test_a_run_is_resumed_where_an_earlier_revision_left_it(expert, corpus, tmp_path, monkeypatch, capsys):
    made, data = recipe(expert), corpus(tmp_path / "data")
    monkeypatch.setattr(made, "revision", lambda: "earlier")
    first = made.train(TrainOptions(data, tmp_path / "runs", "smoke"))
    monkeypatch.setattr(made, "revision", lambda: "later")
    assert made.train(TrainOptions(data, tmp_path / "runs", "smoke", resume=True)) == first
    assert "going on at epoch 2" in capsys.readouterr().out
    assert made.train(TrainOptions(data, tmp_path / "runs", "smoke")) != first
