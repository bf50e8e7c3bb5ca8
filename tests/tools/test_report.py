import json
from pathlib import Path

import pytest

from tools.report import show, show_result, text, write_json


def test_numbers_are_short_and_lists_are_joined() -> None:
    assert text(3.14159265) == "3.142"
    assert text(["a", 1, 0.25]) == "a 1 0.25"
    assert text(None) == "None"


def test_brackets_of_data_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    show("t", ("a",), [["[red]x"]])
    assert "[red]x" in capsys.readouterr().out


def test_a_nested_result_becomes_tables(capsys: pytest.CaptureFixture[str]) -> None:
    show_result(
        "bench", {"seconds": 5, "rows": [{"figure": "p50", "ms": 1.0}, {"figure": "p99", "n": 2}], "jack": {"x": 7}}
    )
    out = capsys.readouterr().out
    for word in ("bench", "seconds", "bench: rows", "p99", "bench: jack", "7"):
        assert word in out


def test_json_is_written_only_where_asked_for(tmp_path: Path) -> None:
    write_json(None, {})
    write_json(tmp_path / "r.json", {"a": [1.5]})
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == {"a": [1.5]}
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
