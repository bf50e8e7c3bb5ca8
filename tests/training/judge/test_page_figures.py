import pytest

from training.judge.names import Name
from training.judge.page_figures import FLOOR, GOAL, MISSED, NONE, SHORT, TOLD, counts, groups, quantised, rows, verdict
from training.judge.result import Figure

HIGH = Name("x", "", "higher", 0.5, 0.8)
LOW = Name("x", "", "lower", 0.5, 0.2)


@pytest.mark.parametrize(
    ("value", "name", "reached"),
    [
        (0.8, HIGH, GOAL), (0.5, HIGH, FLOOR), (0.49, HIGH, MISSED), (None, HIGH, NONE),
        (0.2, LOW, GOAL), (0.5, LOW, FLOOR), (0.51, LOW, MISSED),
        (0.1, Name("x", "", "higher", None, 0.8), SHORT), (0.1, Name("x", "", "higher"), TOLD),
        (0.3, Name("x", "", "higher", 0.5, 0.2), MISSED),
    ],
)  # fmt: skip
def test_the_verdict_follows_floor_and_goal(value, name, reached):
    assert verdict(Figure("x", value), name) == reached


@pytest.mark.parametrize(
    ("value", "baseline", "name", "against"),
    [
        (2.0, 1.0, "harmony.nll", "behind"), (1.0, 2.0, "harmony.nll", "ahead"), (1.0, 1.0, "harmony.nll", "equal"),
        (0.9, 0.8, "lead.oa.mean", "ahead"), (0.9, None, "lead.oa.mean", ""), (0.9, 0.8, "unheard.of", ""),
    ],
)  # fmt: skip
def test_ahead_is_the_better_side_of_the_baseline(value, baseline, name, against):
    (row,) = rows([Figure(name, value, baseline)])
    assert row.against == against


def test_real_music_stands_beside_its_figure_and_alone_without_one():
    found = rows([Figure("lead.chord_swap", 0.3), Figure("lead.chord_swap.real", 0.4), Figure("lead.vendi.real", 1.0)])
    assert [row.figure.name for row in found] == ["lead.chord_swap", "lead.vendi.real"]
    assert found[0].real is not None
    assert found[0].real.value == 0.4


def test_no_figure_is_lost_between_groups_and_int8():
    figures = [
        Figure(name, 1.0) for name in ("lead.oa.mean", "lead.oa.ctnctr", "int8.my.expert.kl", "band.x", "rules.better")
    ]
    found = rows(figures)
    grouped, int8 = groups(found), quantised(found)
    assert list(grouped) == ["lead", "lead.oa", "band", "rules"]
    assert list(int8) == ["my.expert"]
    assert sum(map(len, grouped.values())) + sum(map(len, int8.values())) == len(figures)
    assert sum(counts(found).values()) == len(figures)
