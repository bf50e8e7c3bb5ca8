from training.judge.names import NAMES, Name, of, reaches, table
from training.judge.result import Figure


def test_names_are_unique_and_marks_are_on_the_right_side() -> None:
    assert len({name.name for name in NAMES}) == len(NAMES)
    for name in NAMES:
        assert len(name.about) > 10, name.name
        assert (name.floor is None and name.goal is None) or name.better, name.name
        if name.floor is not None and name.goal is not None:
            assert name.floor <= name.goal if name.better == "higher" else name.floor >= name.goal, name.name


def test_a_star_is_any_expert_and_real_is_beside() -> None:
    assert of("int8.lead-gru.kl").floor == 0.02
    assert of("lead.oa.step_share").name == "lead.oa.*"
    assert of("lead.oa.mean").floor == 0.8
    assert of("lead.chord_swap.real").floor is None
    assert of("lead.nonsense") is None


def test_reaching() -> None:
    assert reaches(Figure("x", 0.9), 0.8, "higher") is True
    assert reaches(Figure("x", 0.9), 0.8, "lower") is False
    assert reaches(Figure("x", 0.8), 0.8, "lower") is True
    assert reaches(Figure("x", None), 0.8, "lower") is None
    assert reaches(Figure("x", 1.0), None, "lower") is None
    assert Name("x", "y").better == ""


def test_the_table_tells_every_name_once() -> None:
    rows = table().splitlines()
    assert len(rows) == len(NAMES) + 2
    assert {row.count("|") for row in rows} == {5}
    assert "| `int8.*.kl` |" in table() and "| \u2264 0.02 | \u2264 0.01 |" in table()
