import math

from training.benchmarks import record


def test_what_is_kept_is_told_beside_its_baseline(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "PATH", tmp_path / "record.json")
    assert record.compared() == {}
    record.keep("nottingham", "tiny", {"benchmark.nottingham.nll": 0.5, "benchmark.nottingham.ngram5": 0.9})
    record.keep("jsb", "tiny", {"benchmark.jsb.nll_notewise": 0.3})
    record.keep("nottingham", "full", {"benchmark.nottingham.nll": 0.4, "benchmark.nottingham.ngram5": 0.9})
    assert record.compared() == {
        "benchmark.nottingham.nll": (0.4, 0.9),
        "benchmark.nottingham.ngram5": (0.9, None),
        "benchmark.jsb.nll_notewise": (0.3, 0.22),
    }
    assert record.entries()["nottingham"].profile == "full"


def test_the_record_that_is_kept_is_whole():
    kept = record.compared()
    assert set(record.BESIDE) <= set(kept)
    assert all(math.isfinite(value) for value, _ in kept.values())
