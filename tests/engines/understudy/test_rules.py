"""The laws that hold for every player and every valid request."""

import pytest
from hypothesis import HealthCheck, given, settings

from engines.expert import Request, check_bars
from engines.note import Bar, Note
from engines.understudy import Rules
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP, VOICES
from tests.engines.understudy.making import GENRES, RULES, make_plan, overlaps, requests, write

# requests hold bars that players wrote: slow to make on a busy machine, which is no fault of theirs
LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LAWS
@given(requests())
def test_any_request_gives_legal_bars_on_the_grid(request):
    bars = check_bars(request, RULES.write(request))
    for voice in VOICES:
        new = bars[voice].since(request.start).notes
        assert all(note.onset % TICKS_PER_STEP == 0 and note.end <= TICKS_PER_BAR for note in new)
        style = GENRES.get(request.plan.genre, next(iter(GENRES.values()))).voices[voice]
        assert all(style.low <= note.pitch <= style.high for note in new)


@LAWS
@given(requests())
def test_single_voices_never_sound_two_notes(request):
    bars = RULES.write(request)
    assert not overlaps(bars["lead"])
    assert not overlaps(bars["bass"])


@LAWS
@given(requests())
def test_no_pitch_is_struck_while_it_sounds(request):
    for bar in RULES.write(request).values():
        for pitch in {note.pitch for note in bar.notes}:
            assert not overlaps(Bar(tuple(note for note in bar.notes if note.pitch == pitch)))


@LAWS
@given(requests())
def test_the_same_request_gives_the_same_bars(request):
    assert RULES.write(request) == Rules(GENRES).write(request)


def test_a_ringing_committed_note_is_left_to_ring():
    committed = {"bass": Bar((Note(0, 1200, 33, 100),))}
    bar = write(make_plan(section="build", tension=1.0), "bass", committed=committed, start=960)
    assert bar.notes[0] == Note(0, 1200, 33, 100)
    assert len(bar.notes) > 1
    assert not overlaps(bar)


def test_the_bass_rests_before_a_lift_and_not_before_a_fall():
    lift = write(make_plan(section="build", upcoming="drop"), "bass")
    fall = write(make_plan(section="build", upcoming="breakdown"), "bass")
    assert max(note.end for note in lift.notes) <= 12 * TICKS_PER_STEP
    assert max(note.onset for note in fall.notes) >= 12 * TICKS_PER_STEP


def test_only_asked_voices_answer():
    assert list(RULES.write(Request(make_plan(), ("pad", "lead")))) == ["pad", "lead"]


def test_rules_need_a_genre():
    with pytest.raises(ValueError, match="at least one genre"):
        Rules({})
