import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.training.judge.theory.making import folder
from tools import eval_analysis
from tools.cli import main


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["eval", "analysis", *map(str, words)])


def test_table_progress_and_json(tmp_path: Path) -> None:
    out = tmp_path / "card.json"
    done = run("--data", folder(tmp_path / "data"), "--alone", "--json", out)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())
    assert found["analysis.lieder.key"] >= found["baselines"]["analysis.lieder.key"]
    assert "1 of at most 120: lieder" in done.output
    assert "analysis.pop909.chord" in done.output


def test_a_folder_without_corpora_is_named(tmp_path: Path) -> None:
    done = run("--data", tmp_path, "--alone")
    assert done.exit_code == 2
    assert f"{tmp_path}: none of lieder, pop909, rs200" in done.output


def test_music21_is_asked_for_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eval_analysis, "find_spec", lambda name: None)
    done = run("--data", tmp_path)
    assert done.exit_code == 1
    assert "pip install" in done.output
