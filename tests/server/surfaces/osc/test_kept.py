import pytest

from server.guard import RESUME
from server.surfaces.osc.kept import Kept
from server.surfaces.osc.pattern import Pattern
from server.surfaces.osc.subscribers import Subscriber

FOUR, SIX = ("10.0.0.1", 9001), ("fe80::1%eth0", 9001, 0, 2)


def test_what_is_kept_comes_back(tmp_path):
    kept = Kept(tmp_path / "kept")
    kept.keep([Subscriber(FOUR, ("10.0.0.1", 6000), Pattern("/State/*")), Subscriber(SIX, SIX, None)])
    first, second = kept.kept()
    assert (first.target, first.origin, first.pattern.text) == (FOUR, ("10.0.0.1", 6000), "/State/*")
    assert (second.target, second.origin, second.pattern) == (SIX, SIX, None)
    kept.keep([])
    assert kept.kept() == []


def test_who_asks_again_and_again_costs_no_writing(tmp_path):
    kept, there = Kept(tmp_path / "kept"), [Subscriber(FOUR, FOUR, None)]
    kept.keep(there)
    (tmp_path / "kept").unlink()
    kept.keep(there)
    assert list(tmp_path.iterdir()) == []


def test_it_stands_beside_the_papers_of_a_guard(tmp_path, monkeypatch):
    monkeypatch.setenv(RESUME, str(tmp_path / "resume.json"))
    Kept.beside_papers().keep([Subscriber(FOUR, FOUR, None)])
    assert [s.target for s in Kept.beside_papers().kept()] == [FOUR]
    assert [path.parent for path in tmp_path.iterdir()] == [tmp_path]


def test_without_a_guard_nothing_is_kept(monkeypatch):
    monkeypatch.delenv(RESUME, raising=False)
    kept = Kept.beside_papers()
    kept.keep([Subscriber(FOUR, FOUR, None)])
    assert kept.kept() == []


@pytest.mark.parametrize(
    "content", [b"", b"[{}]", b"\xff", b'[{"target": ["a", 1], "origin": ["a", 1], "pattern": "["}]']
)
def test_a_file_that_cannot_be_read_is_no_reason_not_to_play(content, tmp_path, caplog):
    (tmp_path / "kept").write_bytes(content)
    assert Kept(tmp_path / "kept").kept() == []
    assert "subscriptions are lost" in caplog.text


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_play(tmp_path):
    Kept(tmp_path / "gone" / "kept").keep([Subscriber(FOUR, FOUR, None)])
