import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.tree import BY_PATH
from engines.units import VOICES
from server.surfaces.midimap import Binding, MidiMap, is_button, scaled


def read(values):
    return msgspec.convert(values, MidiMap)


def test_the_default_map_is_the_contracts():
    by_cc = {b.cc: b.path for b in MidiMap().bindings}
    assert by_cc == {
        1: "tension",
        **{16 + n: f"voice/{voice}/level" for n, voice in enumerate(VOICES)},
        21: "density",
        22: "variation",
        **{102 + n: f"voice/{voice}/mute" for n, voice in enumerate(VOICES)},
    }
    assert read({}) == MidiMap()


MISTAKES = [
    ({"bindings": [{"cc": 200, "path": "tension"}]}, ["127"]),
    ({"bindings": [{"cc": 3, "path": "tensoin"}]}, ["CC 3", "tensoin", "nearest: tension"]),
    ({"bindings": [{"cc": 3, "path": "chords"}]}, ["CC 3", "chords"]),
    ({"bindings": [{"cc": 3, "path": "section"}]}, ["CC 3", "section"]),
    ({"bindings": [{"cc": 3, "path": "status"}]}, ["CC 3", "status"]),
    ({"bindings": [{"cc": 3, "path": "tempo", "low": 10}]}, ["CC 3", "low 10", "20..300"]),
    ({"bindings": [{"cc": 3, "path": "tension", "high": 2}]}, ["CC 3", "high 2", "0..1"]),
    ({"bindings": [{"cc": 123, "path": "tension"}]}, ["CC 123", "panic"]),
    ({"bindings": [{"cc": 64, "path": "tension"}]}, ["CC 64", "pedal"]),
    ({"bindings": [{"cc": 3, "path": "tension"}, {"cc": 3, "path": "density"}]}, ["CC 3", "tension", "density"]),
    ({"bindings": [{"cc": 3, "path": "swing", "channel": 2}, {"cc": 3, "path": "hold"}]}, ["CC 3", "twice"]),
    ({"bindings": [{"cc": 3, "path": "swing", "channel": 17}]}, ["16"]),
    ({"bindings": [{"cc": 3, "pth": "swing"}]}, ["pth"]),
    ({"low_note": 60, "high_note": 50}, ["low_note 60", "50"]),
]


@pytest.mark.parametrize("values,words", MISTAKES)
def test_every_mistake_is_named(values, words):
    with pytest.raises(msgspec.ValidationError) as error:
        read(values)
    assert all(word in str(error.value) for word in words)


def test_what_does_not_collide_may_share_a_controller():
    read({"bindings": [{"cc": 3, "path": "swing", "channel": 2}, {"cc": 3, "path": "hold", "channel": 3}]})
    read({"chords": False, "bindings": [{"cc": 64, "path": "hold"}]})


@given(st.sampled_from(sorted(BY_PATH)), st.integers(0, 127))
def test_whatever_can_be_bound_scales_into_its_range(path, value):
    binding = Binding(3, path)
    try:
        MidiMap([binding])
    except ValueError:
        return
    if is_button(binding):
        return
    argument = BY_PATH[path].arguments[0]
    assert argument.low <= scaled(binding, value) <= argument.high
    assert scaled(binding, 0) == argument.low
    assert scaled(binding, 127) == argument.high


def test_low_above_high_turns_the_controller_round():
    binding = Binding(3, "tempo", low=140.0, high=120.0)
    assert scaled(binding, 0) == 140
    assert scaled(binding, 127) == 120
