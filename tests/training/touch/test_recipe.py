"""The touch is learned from made-up performances, exported, verified, judged, and played with."""

import pytest

from engines.genre import load_genres
from engines.library import Library, LibraryError
from engines.touched import touched
from server.config import genres_folder, load
from tests.training.touch.making import PLAYED, make_performances
from training.judge import touch as judge
from training.options import EvaluateOptions, ExportOptions, TrainOptions
from training.refused import Refused
from training.touch import recipe


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Data, runs and a shelf with an exported touch, and what `evaluate` says of it."""
    data = make_performances(tmp_path_factory.mktemp("data"), songs=24, bars=40)
    runs, shelf = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("shelf")
    run = recipe.train(TrainOptions(data, runs, "smoke"))
    recipe.export(ExportOptions(data, runs, shelf, "v1", run))
    return data, runs, shelf, recipe.evaluate(EvaluateOptions(data, runs, shelf, "v1", write=True))


def test_the_hand_that_played_is_found(place):
    found = Library(place[2]).load_touch("touch").hands["lead"].late
    assert found.drift == pytest.approx(PLAYED.drift, abs=0.2)
    assert found.note == 0.0 and 8 < found.spread < 16


def test_it_knows_what_comes_next_better_than_the_mean_does(place):
    figures = place[3]
    assert figures["lead.timing_mae_ratio"] < 0.9 > figures["lead.timing_mae_ratio_five_splits"]
    low, high = figures["lead.timing_mae_ratio_interval"]
    assert low < figures["lead.timing_mae_ratio"] < high
    assert figures["lead.timing_nll"] < figures["lead.timing_nll_of_mean"]
    assert figures["lead.timing_lag1"] == pytest.approx(figures["lead.timing_lag1_drawn"], abs=0.15)


def test_the_card_tells_all_of_it(place):
    _, _, shelf, figures = place
    card = Library(shelf).verify("touch")
    assert (card.kind, card.voices, card.tiers) == ("touch", (), "B")
    assert set(card.metrics) >= set(figures)
    assert [source.folder for source in card.sources] == ["pop909"]


def test_nobody_takes_it_for_a_player(place):
    for load_as in (Library(place[2]).load, Library(place[2]).load_harmony, Library(place[2]).load_form):
        with pytest.raises(LibraryError, match="moves notes"):
            load_as("touch")


def test_genres_play_with_it(place):
    genres = load_genres(genres_folder(load()))
    troubles = []
    played = touched(genres, Library(place[2]), troubles.append)
    assert not troubles
    assert all(genre.hands.keys() == {"lead"} for genre in played.values())


def test_the_report_card_prints_its_figures(place, tmp_path):
    data, _, shelf, figures = place
    card = Library(shelf).card("touch")
    found = {figure.name: figure for figure in judge.judge((shelf / "touch" / "v1", card), data)}
    assert found["lead.timing_mae_ratio"].value == pytest.approx(figures["lead.timing_mae_ratio"], abs=1e-3)
    assert found["pad.timing_mae_ratio"].value is None and found["pad.timing_mae_ratio"].note
    missing = judge.judge((shelf / "touch" / "v1", card), tmp_path)
    assert all(figure.value is None and "pop909" in figure.note for figure in missing)
    assert all(figure.value is None for figure in judge.judge(None, data))


def test_the_same_music_gives_the_same_table(place, tmp_path):
    data, runs, _, _ = place
    again = recipe.train(TrainOptions(data, tmp_path, "smoke"))
    assert (again / recipe.FILE).read_bytes() == (runs / "touch" / again.name / recipe.FILE).read_bytes()


def test_music_that_nobody_played_is_refused(tmp_path):
    waltz = make_performances(tmp_path / "data", songs=1)
    with pytest.raises(Refused, match="nobody there plays off the grid"):
        recipe.train(TrainOptions(waltz, tmp_path, "smoke"))


def test_nothing_to_export_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="no finished run of touch"):
        recipe.export(ExportOptions(tmp_path, tmp_path, tmp_path, "v1"))
