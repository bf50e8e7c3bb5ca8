import json

import pytest
from click.testing import CliRunner

from tools.cli import main
from training.judge.result import LEARNED, UNDERSTUDY


def run(folder, votes, *more):
    key = {
        "sheet": "s1",
        "seed": 0,
        "pairs": [{"pair": 1, "kind": "band", "a": LEARNED, "b": UNDERSTUDY, "blueprint": "x"}],
    }
    (folder / "key.json").write_text(json.dumps(key))
    (folder / "votes.json").write_text(votes)
    return CliRunner().invoke(main, ["eval", "votes", str(folder / "votes.json"), str(folder / "key.json"), *more])


def test_the_command_prints_and_writes_what_listeners_preferred(tmp_path):
    said = json.dumps({"sheet": "s1", "listener": "me", "votes": [{"pair": 1, "vote": "a", "comment": "[bold]"}]})
    done = run(tmp_path, said, "--json", str(tmp_path / "out.json"))
    assert done.exit_code == 0, done.output
    assert "band" in done.output
    (told,) = json.loads((tmp_path / "out.json").read_text())["counts"]
    assert (told["wins"], told["losses"], told["p"]) == (1, 0, 1.0)


@pytest.mark.parametrize(
    "said", ["no", "{}", '{"sheet": "s2", "votes": []}', '{"sheet": "s1", "votes": [{"pair": 1, "vote": "c"}]}']
)
def test_votes_that_cannot_be_counted_are_wrong_usage(tmp_path, said):
    done = run(tmp_path, said)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
