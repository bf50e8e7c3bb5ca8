import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.expert import Heard, Request
from engines.neural.probe import probe_plan
from engines.note import Bar, Note
from engines.skytnt.room import AT_ONCE, Room
from engines.skytnt.setting import TRACKS, Setting
from engines.skytnt.tokens import V1, V2
from engines.understudy.stage import Stage
from engines.units import VOICES
from tests.engines.band import GENRES

GENRE = GENRES["uplifting"]


def room_of(request, voices=VOICES, tokens=V2):
    return Room({voice: Stage.of(request, voice, GENRE) for voice in voices}, Setting(), tokens)


def walk(room, dice, beat=0):
    """Draw one note, every value alike; return unit, track, values, or None where time runs out of the bar."""
    chosen = {}
    for name in room.tokens.layouts["note"]:
        allowed = room.allowed(name, chosen, beat)
        assert allowed.shape == (room.tokens.sizes[name],)
        assert allowed.any(), name
        values = np.flatnonzero(allowed)
        chosen[name] = int(dice.choice(values[values < 4 - beat] if name == "time1" and room.open() else values))
        if name == "time1" and beat + chosen[name] >= 4:
            return None
        if name == "track" and chosen[name] not in room.seats:
            break
    return (beat + chosen["time1"]) * 16 + chosen["time2"], chosen["track"], chosen


@given(
    st.sampled_from([V1, V2]),
    st.lists(st.sampled_from(VOICES), min_size=1, unique=True),
    st.sets(st.sampled_from(VOICES)),
    st.sampled_from([0, 700, 1439, 1900]),
    st.integers(0, 2**32),
)
def test_whatever_is_drawn_stands_in_order_in_its_seat_and_fits(tokens, asked, written, start, seed):
    request = Request(probe_plan(5), tuple(asked), (), dict.fromkeys(written, Bar()), {}, start)
    room, dice, beat, places, struck = room_of(request, tokens=tokens), np.random.default_rng(seed), 0, [], set()
    assert set(room.asked) == {TRACKS[voice] for voice in asked}
    assert set(room.seats.values()) == set(VOICES) - (written - set(asked))
    while room.open():
        found = walk(room, dice, beat)
        if found is None:
            break
        unit, track, values = found
        places.append((unit, track))
        if track not in room.seats:
            room.rise((unit, track + 1))
            continue
        voice = room.seats[track]
        assert unit * 30 >= start
        assert unit % 4 in ((0, 1, 3) if set(room.seats.values()) == {"drums"} else (0,))
        assert values["channel"] == Setting().channels[voice]
        assert (unit, voice, values["pitch"]) not in struck
        struck.add((unit, voice, values["pitch"]))
        assert sum(at == (unit, track) for at in places) <= AT_ONCE[voice]
        assert values["velocity"] >= 1
        assert 1 <= values["duration"] <= 64
        room.put((unit, track), values["pitch"])
        beat = unit // 16
    assert places == sorted(places)


@pytest.mark.parametrize("tokens", [V1, V2])
def test_a_bar_may_always_be_over(tokens):
    room = room_of(Request(probe_plan(5), ("lead",)), tokens=tokens)
    assert room.allowed("time1", {}, -3)[7:].all()
    room.rise((63, 99))
    assert not room.open()
    allowed = room.allowed("time1", {}, 1)
    assert allowed[3:].all()
    assert not allowed[:3].any()


def test_notes_ring_into_the_next_bar_but_not_into_another_section():
    for upcoming, longest in ((None, 32), ("drop", 16)):
        request = Request(msgspec.structs.replace(probe_plan(5), upcoming=upcoming), ("lead",))
        chosen = {"time1": 3, "time2": 0, "track": TRACKS["lead"]}
        allowed = room_of(request).allowed("duration", chosen, 0)
        assert np.flatnonzero(allowed).tolist() == list(range(1, longest + 1))


def test_a_single_line_waits_for_what_rings_only_where_it_was_just_heard():
    long = Bar((Note(1680, 1200, 69, 90),))
    for index, first in ((4, 32), (3, 0)):
        request = Request(probe_plan(5), ("lead",), (Heard(probe_plan(index), {"lead": long}),))
        room = room_of(request, ("lead",))
        assert int(room.allowed("time1", {}, 0).argmax()) * 16 == first


def test_drums_play_a_little_early_or_late_but_not_for_the_next_bar():
    room = room_of(Request(probe_plan(5), ("drums",)), ("drums",))
    last = np.flatnonzero(room.allowed("time2", {"time1": 3}, 0)).tolist()
    assert last == [0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13]
    beside = room_of(Request(probe_plan(5), ("drums",)), ("drums", "lead"))
    assert np.flatnonzero(beside.allowed("time2", {"time1": 3}, 0)).tolist() == [0, 4, 8, 12]
    after = room_of(Request(probe_plan(5), ("drums",), (), {"lead": Bar()}), ("drums", "lead"))
    assert np.flatnonzero(after.allowed("time2", {"time1": 3}, 0)).tolist() == last


def test_drums_play_the_kit_and_pads_the_chord():
    room = room_of(Request(probe_plan(5), ("drums", "pad")), ("drums", "pad"))
    here = {"time1": 0, "time2": 0}
    kit = room.allowed("pitch", here | {"track": TRACKS["drums"]}, 0)
    assert set(np.flatnonzero(kit).tolist()) == set(GENRE.kit.values())
    chord = np.flatnonzero(room.allowed("pitch", here | {"track": TRACKS["pad"]}, 0))
    assert {pitch % 12 for pitch in chord.tolist()} == {9, 0, 4}
