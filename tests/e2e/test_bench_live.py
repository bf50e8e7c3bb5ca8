"""`bench live` in small: it runs, and what must be nothing is nothing."""

import pytest

from tools import bench_live

pytestmark = pytest.mark.e2e


def test_a_short_concert_is_measured(monkeypatch):
    monkeypatch.setattr(bench_live, "STARTS", 1)
    result = bench_live.run(seconds=6.0, bpm=240.0, hog=False, page=True)
    rows = {row["name"]: row["value"] for row in result["rows"]}
    assert rows["bars played"] >= 5
    for nothing in ("bars missing", "silent bars at the receiver", "note-ons that nothing ever ended"):
        assert rows[nothing] == 0, nothing
    assert rows["note-ons at the receiver"] > 100
    assert 0 < rows["generation of a five-voice bar, p50"] <= rows["generation of a five-voice bar, worst"]
    assert 0 < rows["start to /ping reply"] < rows["start to first note at the receiver"]
    assert rows["frames a second"] > 0
    assert rows["browser, sound and picture, of a core"] > 0
    assert rows["memory of all processes, PSS"] < rows["memory of all processes, RSS"]
