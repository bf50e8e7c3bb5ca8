from engines.units import VOICES
from server.config import load
from tools.bench_experts import FORM, HARMONY, run


def test_the_rules_are_timed_on_every_chair_with_figures_in_order() -> None:
    result = run(load(), 16)
    rules = {row["voice"]: row for row in result["experts"] if row["expert"] == "rules"}
    assert set(rules) == {*VOICES, HARMONY, FORM}
    assert result["problems"] == {}
    for row in result["experts"]:
        assert row["asked"] > 0, row
        assert 0 < row["p50 ms"] <= row["p90 ms"] <= row["p99 ms"] <= row["worst ms"]
