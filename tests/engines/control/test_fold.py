import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.fold import FIELDS, apply, changes, read, restore, state
from engines.control.state import Chair, Control, Loop, steady
from engines.control.tree import STATE_PATHS
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from tests.engines.control.test_desk import command, control

OTHER = control(
    section="drop",
    tension=steady(0.9),
    harmony=Loop(parse_loop(["Dm G"])),
    key=Key.parse("C"),
    chairs=control().chairs | {"lead": Chair(mute=True, level=0.1)},
    again=3,
    harmony_serial=5,
)


def test_what_was_sent_is_read_back():
    after = apply(control(), command("/voice/bass/expert", "rules"), 0)
    assert read(after, "voice/bass/expert") == ("rules",)
    after = apply(after, command("/chords", "Am F|G"), 0)
    assert read(after, "chords") == ("Am F|G",)
    assert read(after, "playing", playing=True) == (1,)


def test_a_voice_is_written_and_the_others_are_not():
    after = apply(control(), command("/voice/bass/mute", 1), 0)
    assert [voice for voice, chair in after.chairs.items() if chair.mute] == ["bass"]
    assert changes(control(), after) == ("voice/bass/mute",)


@given(st.sets(st.sampled_from(FIELDS)))
def test_law_restoring_fields_brings_those_back_and_no_other(fields):
    after = restore(control(), OTHER, tuple(fields))
    assert set(changes(after, OTHER)) == set(changes(control(), OTHER)) - fields
    assert set(changes(control(), after)) == set(changes(control(), OTHER)) & fields
    assert after.again == control().again


def test_a_harmony_that_comes_back_begins_anew_and_another_one_stands_still():
    assert restore(control(), OTHER, ("harmony",)).harmony_serial == control().harmony_serial + 1
    assert restore(control(), OTHER, ("section",)).harmony_serial == control().harmony_serial


def test_every_wish_is_a_field_that_can_be_restored():
    assert {field.split("/")[0] for field in FIELDS} == {
        *(set(Control.__struct_fields__) - {"chairs", "held", "again", "harmony_serial"}),
        "voice",
    }


def test_state_tells_every_path():
    assert set(state(control(), playing=False)) == set(STATE_PATHS)


def test_an_unknown_path_is_our_bug():
    with pytest.raises(KeyError):
        read(control(), "nonsense")
