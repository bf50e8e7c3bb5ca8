import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.training.judge.making import small, write_folder
from tools.cli import main
from tools.eval import figure_row
from training.judge import settings
from training.judge.result import Figure


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    numbers = small()
    monkeypatch.setattr(settings, "load", lambda: numbers)
    monkeypatch.delenv("MELODY_DATA", raising=False)
    (tmp_path / "models").mkdir()
    (tmp_path / "none.yaml").write_text(f"models:\n  folder: {tmp_path / 'models'}\n")
    return write_folder(tmp_path / "reference")


def run(*words: object) -> object:
    return CliRunner().invoke(main, ["eval", "experts", *map(str, words)])


def test_tables_and_json(reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "card.json"
    done = run("--reference", reference, "--config", tmp_path / "none.yaml", "--json", out)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())
    assert found["accompaniment.cr"] == found["baselines"]["accompaniment.cr"]  # an empty library: rules on both sides
    assert found["meta"]["lineup"]["lead"] == "rules"
    assert found["comparisons"] == []
    assert "report card" in done.output and "3 songs, 6 excerpts" in done.output


def test_without_music_it_is_a_wrong_usage(reference: Path, tmp_path: Path) -> None:
    done = run("--config", tmp_path / "none.yaml")
    assert done.exit_code == 2
    assert "--reference FOLDER" in done.output
    assert run("--reference", tmp_path / "nowhere").exit_code == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run("--reference", empty, "--config", tmp_path / "none.yaml")
    assert (done.exit_code, "no MIDI files" in done.output) == (2, True)


@pytest.mark.parametrize(("value", "reached"), [(0.75, "below"), (0.85, "floor"), (0.95, "goal"), (None, "")])
def test_a_row_says_what_was_reached(value: float | None, reached: str) -> None:
    row = figure_row(Figure("lead.oa.mean", value, 0.8))
    assert row[:5] == ["lead.oa.mean", "" if value is None else value, 0.8, 0.9, 0.8]
    assert row[5] == reached


def test_the_report_card_needs_no_torch() -> None:
    code = "import sys, training.judge.card; print('torch' in sys.modules, 'miditok' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
