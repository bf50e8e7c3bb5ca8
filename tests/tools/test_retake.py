import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.engines.studio.pieces import names
from tools.cli import main


def call(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    done = call(
        "generate",
        "--structure",
        "build:2,drop:1",
        "--chords",
        "Am F",
        "--no-picture",
        "--seed",
        7,
        "-o",
        tmp_path / "out",
    )
    assert done.exit_code == 0, done.output
    return tmp_path / "out" / "generation.jsonl"


def changed(log: Path, kind: str, **values: object) -> None:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    next(line for line in lines if line["type"] == kind).update(values)
    log.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def test_a_piece_of_a_log_is_made_again_to_the_very_same_bytes(log):
    done = call("replay", log)
    assert (done.exit_code, done.stdout) == (
        0, f"{log.parent / 'generation-replay.mid'}: 3 bars, 3 came out the very same\n",
    )  # fmt: skip
    assert (log.parent / "generation-replay.mid").read_bytes() == (log.parent / "combined.mid").read_bytes()


def test_a_bar_that_comes_out_otherwise_is_told_and_1(log, tmp_path):
    changed(log, "Bar", digest="0" * 16)
    done = call("replay", log, "-o", tmp_path / "again.mid")
    assert done.exit_code == 1
    assert "3 bars, 2 came out the very same" in done.stdout
    assert "otherwise: bars 0" in done.stderr
    assert (tmp_path / "again.mid").exists()


def test_who_is_not_there_any_more_is_told_and_nothing_is_written(log, tmp_path):
    players = {"lead": {"expert": "lead-gone", "version": "v1", "ms": 1.0, "reason": ""}}
    changed(log, "Bar", players=players)
    done = call("replay", log, "-o", tmp_path / "again.mid")
    assert done.exit_code == 1
    assert "lead-gone" in done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "again.mid").exists()


def test_a_log_that_is_not_whole_is_2(log):
    log.write_bytes(log.read_bytes()[:-40])
    done = call("replay", log)
    assert done.exit_code == 2
    assert f"{log}:5: no line of a generation log" in done.output


def test_an_unknown_genre_is_2_and_names_those_there_are(log):
    text = log.read_text().replace('"genre":"uplifting"', '"genre":"polka"')
    log.write_text(text)
    done = call("replay", log)
    assert done.exit_code == 2
    assert all(word in done.output for word in ("'polka'", "uplifting", "--config"))


def test_a_place_that_is_not_there_is_told_before_anything_is_played(log):
    done = call("replay", log, "-o", log.parent / "none" / "x.mid")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "no folder" in done.output


def test_two_configurations_are_one_too_many(log, tmp_path):
    (tmp_path / "a.yaml").write_text("start: {bars: 4}\n")
    one = ("--config", tmp_path / "a.yaml")
    assert call("replay", log, *one).exit_code == 0
    assert call("replay", log, *one, *one).exit_code == 2
    assert "generation-replay.mid" in names(log.parent)
