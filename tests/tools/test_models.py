import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from engines.library import Entry, Library, LibraryError
from tools.models import models

ENTRIES = [
    Entry("lead-gru", "1", "lead", ("lead",), in_use=False),
    Entry("lead-gru", "2", "lead", ("lead",), in_use=True),
    Entry("lead-gru", "3", "", (), in_use=False, problem="card: broken"),
]


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Stand in for the library: version 3 is broken; returns what was changed."""
    done: list[tuple[str, ...]] = []

    def verify(_: Library, name: str, version: str | None = None) -> SimpleNamespace:
        if name != "lead-gru" or version == "3":
            raise LibraryError(f"{name} {version}: sha256 is not the card's")
        return SimpleNamespace(name=name, version=version or "2", voices=("lead",))

    def use(self: Library, name: str, version: str) -> SimpleNamespace:
        done.append(("use", name, version))
        return verify(self, name, version)

    def rollback(self: Library, name: str) -> SimpleNamespace:
        done.append(("rollback", name))
        return verify(self, name, "1")

    for name, method in (("list", lambda _: ENTRIES), ("verify", verify), ("use", use), ("rollback", rollback)):
        monkeypatch.setattr(Library, name, method)
    return done


def test_list_shows_every_version_and_the_rules(tmp_path: Path) -> None:
    done = CliRunner().invoke(models, ["list", "--json", str(tmp_path / "l.json")])
    assert done.exit_code == 0
    assert all(word in done.output for word in ("rules", "lead-gru", "card: broken"))
    rows = json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))
    assert [row["version"] for row in rows if row["in use"]] == ["1", "2"]
    assert rows[0]["expert"] == "rules"


def test_verify_all_fails_when_one_is_broken_and_names_it() -> None:
    done = CliRunner().invoke(models, ["verify"])
    assert done.exit_code == 1
    assert "sha256" in done.output
    assert done.output.count("good") == 2


def test_verify_one() -> None:
    assert CliRunner().invoke(models, ["verify", "lead-gru"]).exit_code == 0
    assert CliRunner().invoke(models, ["verify", "lead-gru", "3"]).exit_code == 1


def test_use_and_rollback_say_how_a_running_server_swaps(shelf: list[tuple[str, ...]]) -> None:
    done = CliRunner().invoke(models, ["use", "lead-gru", "1"])
    assert (done.exit_code, shelf) == (0, [("use", "lead-gru", "1")])
    assert "/voice/<v>/expert lead-gru 1" in done.output
    done = CliRunner().invoke(models, ["rollback", "lead-gru"])
    assert (done.exit_code, shelf[-1]) == (0, ("rollback", "lead-gru"))


def test_use_of_what_plays_no_voice_says_that_a_running_server_keeps_what_it_has(monkeypatch) -> None:
    monkeypatch.setattr(Library, "list", lambda _: [Entry("touch", "v2", "touch", (), in_use=False)])
    card = SimpleNamespace(name="touch", version="v2", voices=())
    monkeypatch.setattr(Library, "use", lambda *_: card)
    done = CliRunner().invoke(models, ["use", "touch", "v2"])
    assert "touch v2 is in use. A running server keeps what it has; it is heard from the next start on." in done.output
    assert "/voice" not in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["use", "lead-gro", "1"], 'no expert "lead-gro" (nearest: lead-gru); there are: lead-gru'),
        (["use", "lead-gru", "9"], 'no version of lead-gru "9"; there are: 1, 2, 3'),
        (["verify", "nobody"], 'no expert "nobody"; there are: lead-gru'),
        (["rollback", "nobody"], 'no expert "nobody"; there are: lead-gru'),
    ],
)
def test_what_the_library_does_not_have_is_wrong_usage(
    words: list[str], says: str, shelf: list[tuple[str, ...]]
) -> None:
    done = CliRunner().invoke(models, words)
    assert (done.exit_code, done.output) == (2, f"Error: {says}\n")
    assert not shelf


def test_a_broken_version_is_refused_in_one_line() -> None:
    done = CliRunner().invoke(models, ["use", "lead-gru", "3"])
    assert (done.exit_code, done.output) == (1, "Error: lead-gru 3: sha256 is not the card's\n")
