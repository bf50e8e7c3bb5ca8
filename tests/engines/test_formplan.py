from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.form import Visit, closes
from engines.formplan import best_part, fewest_phrases, peaks, plan_form, repair, steps_to_close
from tests.engines.band import GENRES

GENRE = GENRES["uplifting"]
NAMES = sorted(GENRES)


def allowed(genre, visits):
    return all(after.section in genre.sections[before.section].follows for before, after in pairwise(visits))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES), st.integers(1, 500), st.integers(0, 99))
def test_a_plan_is_as_long_as_wished_on_the_grid_and_after_the_genres_grammar(name, bars, seed):
    genre = GENRES[name]
    plan = plan_form(genre, bars, seed)
    assert sum(visit.bars for visit in plan) == bars
    assert all(visit.bars % genre.phrase_bars == 0 for visit in plan[:-1])
    assert plan[-1].bars >= 1
    assert allowed(genre, plan)
    if bars >= fewest_phrases(genre) * genre.phrase_bars:
        assert plan[0].section == genre.first
        assert closes(plan[-1].section)
    else:
        assert plan[-1].section == max(genre.sections, key=lambda name: genre.sections[name].energy)


@pytest.mark.parametrize(
    ("name", "bars", "wanted"),
    [
        ("uplifting", 1, "drop:1"),
        ("uplifting", 12, "drop:12"),
        ("uplifting", 16, "build:8 drop:8"),
        ("house", 31, "build:8 drop:23"),
        ("psytrance", 23, "build:8 drop:15"),
        ("psytrance", 24, "intro:8 drop:8 outro:8"),
        ("uplifting", 32, "intro:8 build:8 drop:8 outro:8"),
    ],
)
def test_a_piece_too_short_for_a_form_is_its_best_part(name, bars, wanted):
    assert " ".join(f"{visit.section}:{visit.bars}" for visit in plan_form(GENRES[name], bars)) == wanted


def test_a_best_part_to_which_nothing_leads_stands_alone():
    lonely = replace(GENRE.sections["build"], follows={"build": 1.0})
    intro = replace(GENRE.sections["intro"], follows={"breakdown": 1.0})
    sections = {
        "breakdown": GENRE.sections["breakdown"],
        "drop": GENRE.sections["drop"],
        "outro": GENRE.sections["outro"],
    }
    genre = replace(GENRE, sections={"intro": intro, "build": lonely} | sections)
    assert [(visit.section, visit.bars) for visit in best_part(genre, 20)] == [("drop", 20)]


@pytest.mark.parametrize("name", NAMES)
def test_where_there_is_room_a_plan_closes(name):
    for bars in (32, 96, 118, 212, 400):
        assert closes(plan_form(GENRES[name], bars)[-1].section)


def test_a_plan_without_a_wish_closes_too():
    plan = plan_form(GENRE, None, 4)
    assert plan[0].section == GENRE.first
    assert closes(plan[-1].section)
    assert not any(closes(visit.section) for visit in plan[:-1])


def test_the_same_seed_plans_the_same_and_others_differ():
    plans = {plan_form(GENRE, 212, seed) for seed in range(12)}
    assert plan_form(GENRE, 212, 3) == plan_form(GENRE, 212, 3)
    assert len(plans) > 3


def test_no_bars_is_refused():
    with pytest.raises(ValueError, match="bars 0"):
        plan_form(GENRE, 0)


def visits(*pairs):
    return [Visit(section, bars, 0.5, (0.1, 0.2)) for section, bars in pairs]


DRAFT = visits(("intro", 16), ("groove", 16), ("breakdown", 16), ("build", 8), ("drop", 32), ("outro", 16))


def test_a_draft_of_the_wished_length_stays_as_it_is():
    assert repair(GENRE, DRAFT, 104) == (0.0, tuple(DRAFT))


def test_a_draft_is_repaired_as_little_as_possible():
    cost, plan = repair(GENRE, DRAFT, 112)
    assert [visit.section for visit in plan] == [visit.section for visit in DRAFT]
    assert sum(a.bars != b.bars for a, b in zip(plan, DRAFT, strict=True)) == 1
    assert 0 < cost < 0.5  # the longest section bears it with the least change: 32 becomes 40
    assert [visit.bars for visit in plan if visit.section == "drop"] == [40]


def test_a_draft_too_long_by_far_loses_sections_that_the_grammar_can_spare():
    _, plan = repair(GENRE, DRAFT, 40)
    assert sum(visit.bars for visit in plan) == 40
    assert plan[0].section == "intro"
    assert plan[-1].section == "outro"
    assert len(plan) < len(DRAFT)
    assert allowed(GENRE, plan)


def test_the_way_home_is_counted_in_sections():
    ways = steps_to_close(GENRE)
    assert (ways["outro"], ways["drop"], ways["build"], ways["breakdown"]) == (0, 1, 2, 3)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.integers(48, 400), st.integers(0, 2**31))
def test_where_there_is_room_a_piece_rises_out_of_a_quiet_section_and_then_once_more(name, bars, seed):
    plan = plan_form(GENRES[name], bars, seed)
    assert peaks(GENRES[name], plan) >= (2 if bars >= 96 else 1)
    highest = max(each.energy for each in GENRES[name].sections.values())
    assert sum(visit.bars for visit in plan if visit.energy == highest) >= (bars - 8) / 6


def test_heights_are_counted_by_the_quiet_before_them():
    def count(*names):
        return peaks(GENRE, visits(*((name, 16) for name in names)))

    assert count("intro", "build", "drop", "drop", "outro") == 0
    assert count("intro", "breakdown", "build", "drop", "outro") == 1
    assert count("intro", "breakdown", "build", "drop", "build", "drop", "groove", "drop", "outro") == 1
    assert count("breakdown", "build", "drop", "drop", "groove", "breakdown", "drop") == 2
