import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.state import Auto, Loop
from engines.form import drawn
from engines.studio import MelodyEngine
from engines.studio.order import curved
from tests.engines.band import GENRES

ENGINE = MelodyEngine()
ONE_BAR = [{"section": "drop", "bars": 1}]
VISITS = tuple(drawn(GENRES["uplifting"], name) for name in ("build", "drop", "outro"))


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [
        ("key", "H#m", ("key", "H#m", "nearest")),
        ("key", 5, ("key", "5")),
        ("bpm", 500, ("bpm", "500", "20..300", "nearest: 300")),
        ("bpm", float("nan"), ("bpm", "nan", "20..300")),
        ("bpm", "fast", ("bpm", "fast", "20..300")),
        ("chord_progression", ["Am", "Hx"], ("chord_progression", "Hx")),
        ("chord_progression", [], ("chord_progression",)),
        ("chord_progression", [3], ("chord_progression", "3")),
        ("structure", [{"section": "drop", "bars": 0}], ("structure[0]['bars']", "0", "1..1024", "nearest: 1")),
        ("structure", [{"section": "drop", "bars": 2.5}], ("structure[0]['bars']", "2.5", "whole")),
        ("structure", [{"section": "dorp", "bars": 4}], ("structure[0]['section']", "dorp", "nearest: drop")),
        ("structure", [{"section": "drop"}], ("structure[0]", '{"section": name, "bars": number}')),
        ("structure", [], ("structure", "1..1024")),
        ("structure", [{"section": "drop", "bars": 600}] * 2, ("structure", "1200 bars", "1..1024")),
        ("tension_curve", [0.2, 7], ("tension_curve[1]", "7", "0..1", "nearest: 1")),
        ("tension_curve", [0.2], ("tension_curve", "two numbers")),
        ("tension_curve", "rize", ("tension_curve", "rize", "nearest: rise")),
        ("tension_curve", 7, ("tension_curve", "7")),
        ("variation_level", -0.1, ("variation_level", "-0.1", "0..1", "nearest: 0")),
        ("variation_level", True, ("variation_level", "True")),
        ("humanization_intensity", 2, ("humanization_intensity", "nearest: 1")),
        ("swing", 1.5, ("swing", "1.5", "0..1", "nearest: 1")),
        ("model_backend", "lead-gur", ("model_backend", "lead-gur", "nearest: lead-gru")),
        ("experts", {"lead": "drums-gru"}, ("experts['lead']", "drums-gru", "lead-gru")),
        ("experts", {"laed": "rules"}, ("experts", "laed", "nearest: lead")),
        ("experts", ["lead-gru"], ("experts",)),
        ("num_candidates", 0, ("num_candidates", "1..64", "nearest: 1")),
        ("genre", "upliftin", ("genre", "nearest: uplifting")),
        ("seed", -1, ("seed", "nearest: 0")),
        ("seed", 10**400, ("seed", "nearest: 2147483647")),
        ("bpm", 10**400, ("bpm", "20..300", "nearest: 300")),
        ("structure", 5, ("structure", "5", "a list such as")),
        ("structure", "build:16", ("structure", "build:16", "a list such as")),
        ("structure", {"section": "drop", "bars": 4}, ("structure", "a list such as")),
        ("structure", [{"section": "drop", "bars": None}], ("structure[0]['bars']", "None", "1..1024")),
        ("bars", 5, ("bars", "5", "the structure says")),
        ("accompaniment", "no", ("accompaniment", "no", "True or False")),
        ("accompaniment", 0, ("accompaniment", "0", "True or False")),
        ("genre", ["house"], ("genre", "house", "uplifting")),
        ("genre", "", ("genre", "''", "uplifting")),
    ],
)
def test_a_bad_argument_is_named_with_its_value_and_what_would_be_right(argument, value, told):
    with pytest.raises(ValueError, match=re.escape(told[0])) as error:
        ENGINE.generate(**({"structure": ONE_BAR} | {argument: value}))
    assert all(part in str(error.value) for part in told)
    assert "\n" not in str(error.value)


def test_bars_of_a_piece_without_structure_are_checked_too():
    with pytest.raises(ValueError, match=r"bars: '0' does not fit; allowed: 1\.\.1024 \(nearest: 1\)"):
        ENGINE.generate(bars=0)


@pytest.mark.parametrize("name", sorted(GENRES))
def test_tempo_swing_and_unevenness_are_the_genres_where_nothing_is_said(name, tmp_path):
    def order(engine=ENGINE, **wishes):
        return engine.generate(structure=ONE_BAR, genre=name, model_backend="rules", **wishes).order

    def manners(order):
        assert order.bpm == order.control.tempo.at(0)
        return order.bpm, order.control.swing, order.control.humanize

    genre = ENGINE.genres[name]
    assert manners(order()) == (genre.bpm[1], genre.swing, genre.humanize)
    assert manners(order(bpm=100, swing=0.0, humanization_intensity=1.0)) == (100, 0.0, 1.0)
    (tmp_path / "mine.yaml").write_text("start: {swing: 0.7}\n")
    assert order(MelodyEngine(tmp_path / "mine.yaml")).control.swing == 0.7


@pytest.mark.parametrize(("wish", "key"), [({"chord_progression": "D A Bm G"}, "D"), ({}, "Am"), ({"key": "C"}, "C")])
def test_the_key_is_that_of_the_chords_where_nobody_tells_it(wish, key):
    made = ENGINE.generate(structure=ONE_BAR, model_backend="rules", **wish)
    assert made.order.control.key.name == made.plan[0].key.name == key


def test_chords_are_a_loop_or_left_to_the_harmony_chair():
    def harmony(chords):
        return ENGINE.generate(structure=ONE_BAR, chord_progression=chords, model_backend="rules").order.control.harmony

    assert harmony(["Am", "F|G"]) == harmony("Am F|G") == harmony(("Am", "F|G"))
    assert isinstance(harmony(["i", "VI"]), Loop)
    assert all(isinstance(harmony(chords), Auto) for chords in (None, "auto", ["auto"]))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_a_curve_runs_through_the_whole_piece_without_a_break(points):
    shaped = curved(points, VISITS, {})
    assert [visit.bars for visit in shaped] == [visit.bars for visit in VISITS]
    values = [value for visit in shaped for value in visit.curve]
    assert all(min(points) - 1e-9 <= value <= max(points) + 1e-9 for value in values)
    assert (values[0], values[-1]) == pytest.approx((points[0], points[-1]))
    assert all(one.curve[-1] == two.curve[0] for one, two in pairwise(shaped))


def test_auto_leaves_the_tension_to_the_genre():
    assert curved("auto", VISITS, {}) == VISITS
