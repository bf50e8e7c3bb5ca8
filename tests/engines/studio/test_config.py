import re
from pathlib import Path

import pytest

from engines import MelodyEngine
from engines.strict import ConfigError
from engines.studio.config import FIGURES, load, shipped
from engines.studio.scorecard import score
from tests.engines.studio.pieces import piece


def mine(tmp_path: Path, text: str) -> Path:
    (tmp_path / "mine.yaml").write_text(text)
    return tmp_path / "mine.yaml"


def test_the_example_of_the_contract_runs_in_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert MelodyEngine(config="configs/production.yaml").config == load()


def test_a_file_of_that_name_that_is_here_is_the_one_that_is_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "production.yaml").write_text("start: {bars: 3}")
    assert load("configs/production.yaml").start.bars == 3


@pytest.mark.parametrize("name", ["configs/none.yaml", "production.yaml", "configs"])
def test_another_file_that_is_not_here_is_told(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"{name}: cannot be read"):
        load(name)


@pytest.mark.parametrize("key", ["models", "genres"])
def test_a_folder_that_is_not_there_is_told_with_its_line_and_where_it_was_looked_for(tmp_path, monkeypatch, key):
    monkeypatch.chdir(tmp_path)
    told = f"{tmp_path / 'mine.yaml'}:2: {key}.folder: no folder {tmp_path / 'own'}; a path is read from "
    with pytest.raises(ConfigError, match=re.escape(told)):
        load(mine(tmp_path, f"{key}:\n  folder: own\n"))
    (tmp_path / "own").mkdir()
    assert getattr(load("mine.yaml"), f"{key}_folder") == Path("own")


def test_a_start_genre_that_there_is_not_is_told_with_its_line_unless_another_is_asked_for(tmp_path):
    engine = MelodyEngine(mine(tmp_path, "start:\n  bars: 1\n  genre: hause\n"))
    told = re.escape(f"{tmp_path / 'mine.yaml'}:3: start.genre: no genre 'hause'; there are ") + ".*nearest: house"
    with pytest.raises(ConfigError, match=told):
        engine.generate()
    assert engine.generate(genre="house", model_backend="rules").bars


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("audio: {gain: 20}", "audio.gain: 20 does not fit; allowed: number 0.01..10 (nearest: 10)"),
        ("audio: {gain: 0}", "audio.gain: 0 does not fit; allowed: number 0.01..10 (nearest: 0.01)"),
        ("start: {seed: -1}", "start.seed: -1 does not fit; allowed: whole number 0..2147483647 (nearest: 0)"),
        ("start: {swing: 2}", "start.swing: 2 does not fit; allowed: number 0..1 or null (nearest: 1)"),
    ],
)
def test_a_number_out_of_its_range_is_told_with_all_of_it(tmp_path, text, told):
    with pytest.raises(ConfigError, match=re.escape(f"mine.yaml:1: {told}") + "$"):
        load(mine(tmp_path, text))


def test_a_shelf_whose_list_cannot_be_read_is_one_line(tmp_path):
    (tmp_path / "current.yaml").write_text("{{{")
    with pytest.raises(ConfigError) as error:
        MelodyEngine(mine(tmp_path, f"models: {{folder: {tmp_path}}}"))
    assert str(error.value).startswith(f"{tmp_path}: current.yaml: ")
    assert "\n" not in str(error.value)


def test_a_figure_that_the_scorecard_has_not_is_told_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match=r"mine\.yaml:1: scorecard: unknown key .*nearest: in_key"):
        load(mine(tmp_path, "scorecard: {in_kye: {least: 1}}"))


def test_what_an_item_of_a_list_lacks_is_told_with_its_place_and_line(tmp_path):
    with pytest.raises(ConfigError, match=r'mine\.yaml:3: lineup\.lead\[0\]: needs a key "limit_ms": number 1\.\.'):
        load(mine(tmp_path, "lineup:\n  lead:\n  - expert: lead-gru\n"))


def test_every_figure_has_its_mark_and_there_are_no_others():
    assert set(load().scorecard) == set(FIGURES)
    assert set(score(piece()).figures) <= set(FIGURES)
    assert shipped().is_file()
