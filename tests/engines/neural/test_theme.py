"""A lead's first phrase in a section comes back: with its phrases, and when the section does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.expert import Heard, Request
from engines.library import Library
from engines.neural.theme import NEAR, returning
from engines.note import Bar, Note
from engines.studio import MelodyEngine
from engines.theory.chord import Chord
from engines.units import TICKS_PER_BAR
from tests.engines.understudy.making import make_plan

HOOK = Bar((Note(0, 360, 69, 100), Note(480, 240, 72, 80), Note(1680, 480, 76, 90)))
LEVEL = np.full(16, 70.0, np.float32)
THEN = make_plan(0, variation=0.0)


def ask(plan=None, **rest):
    return Request(plan or make_plan(16, chords=THEN.chords), ("lead",), theme=Heard(THEN, {"lead": HOOK}), **rest)


def test_the_theme_comes_back_at_the_loudness_wished_with_its_own_accents():
    found = returning(ask(), LEVEL)
    assert [(note.onset, note.pitch) for note in found] == [(note.onset, note.pitch) for note in HOOK.notes]
    assert [note.velocity for note in found] == [80, 60, 70]


def test_it_rings_over_the_bar_line_only_where_the_same_follows():
    assert returning(ask(), LEVEL)[-1].end > TICKS_PER_BAR
    for other in ({"upcoming": "breakdown"}, {"next_chord": Chord.parse("Dm")}):
        plan = make_plan(16, chords=THEN.chords, **other)
        assert returning(ask(plan), LEVEL)[-1].end == TICKS_PER_BAR


@pytest.mark.parametrize(
    "other",
    [{"chords": (Chord.parse("Dm"),) * 4}, {"tension": 0.5 + NEAR + 0.05}, {"density": 0.9}, {"variation": 1.0}],
)
def test_where_something_else_is_asked_it_does_not(other):
    assert returning(ask(make_plan(16, **{"chords": THEN.chords, **other})), LEVEL) is None


def test_neither_in_a_bar_begun_nor_into_a_ringing_note_nor_without_notes():
    assert returning(ask(start=480), LEVEL) is None
    before = make_plan(15)
    assert returning(ask(history=(Heard(before, {"lead": Bar((Note(1800, 240, 70, 80),))}),)), LEVEL) is None
    assert returning(ask(history=(Heard(before, {"lead": Bar((Note(1800, 120, 70, 80),))}),)), LEVEL) is not None
    assert returning(replace(ask(), theme=Heard(THEN, {"lead": Bar()})), LEVEL) is None
    assert returning(replace(ask(), theme=None), LEVEL) is None


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 0.95))
def test_it_comes_back_as_often_as_variation_leaves_it(variation):
    plan = make_plan(16, chords=THEN.chords, variation=variation)
    share = np.mean([returning(ask(plan, seed=seed), LEVEL) is not None for seed in range(300)])
    assert abs(share - (1 - variation)) < 0.12


@pytest.mark.parametrize("genre", ["uplifting", "house"])
def test_the_second_drop_brings_the_hook_of_the_first(genre):
    structure = [{"section": name, "bars": 8} for name in ("drop", "breakdown", "drop")]
    wish = {"genre": genre, "chord_progression": "Am F C G", "structure": structure, "tension_curve": [0.7, 0.7]}
    engine = MelodyEngine()
    assert "lead-transformer" in Library(engine.config.models_folder).current()
    for variation, least, most in ((0.0, 0.7, 1.0), (1.0, 0.0, 0.4)):
        piece = engine.generate(**wish, variation_level=variation, seed=5, loop=True)
        bars = [{(n.onset, n.pitch) for n in bar.bars["lead"].notes} for bar in piece.bars]
        same = np.mean([one == other for one, other in zip(bars[:8], bars[16:], strict=True)])
        assert least <= same <= most
