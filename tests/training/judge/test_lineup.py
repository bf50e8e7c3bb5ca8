from pathlib import Path

from engines.library import Library
from tests.engines.neural.toy import make_toy_lead
from tests.engines.neural.toys import make_toy
from training.judge.lineup import load


def test_the_first_of_a_chain_that_is_in_use_plays_and_the_rest_by_rules(tmp_path: Path) -> None:
    make_toy_lead(tmp_path)
    found = load(Library(tmp_path), {"lead": ["missing", "lead-gru"], "drums": [], "harmony": ["none"]})
    assert found.names == {
        "lead": "lead-gru v1", "bass": "rules", "arp": "rules", "pad": "rules", "drums": "rules", "harmony": "rules",
    }  # fmt: skip
    assert found.learned("lead") and found.learned("lead", "bass") and not found.learned("bass", "drums")
    assert set(found.cards) == {"lead-gru"}
    assert found.problems == ()


def test_a_broken_expert_is_told_and_its_next_plays(tmp_path: Path) -> None:
    make_toy_lead(tmp_path)
    harmony = make_toy(tmp_path, "harmony")
    (tmp_path / "current.yaml").write_text(f"lead-gru: v1\n{harmony}: v1\n")
    (tmp_path / "lead-gru" / "v1" / "lead-gru.onnx").write_bytes(b"torn")
    found = load(Library(tmp_path), {"lead": ["lead-gru"], "harmony": [harmony]})
    assert found.experts == {}
    assert found.names["harmony"] == "harmony-gru v1"
    assert "lead-gru" in found.problems[0]
