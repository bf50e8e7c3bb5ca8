from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.expert import Heard, Request, check_bars
from engines.note import Bar, Note
from engines.theory.chord import Chord
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP, VOICES
from tests.engines.understudy.making import GENRES, RULES, make_plan, requests, write

AM, DM, G = map(Chord.parse, ("Am", "Dm", "G"))


def ending(voice, **rest):
    past = {key: rest.pop(key) for key in ("history", "committed", "start") if key in rest}
    return write(make_plan(closing=True, **rest), voice, **past).notes


@given(requests())
def test_any_request_for_the_last_bar_is_answered_legally_within_it(request):
    closing = replace(request, plan=replace(request.plan, closing=True))
    bars = check_bars(closing, RULES.write(closing))
    for voice in VOICES:
        new = bars[voice].since(request.start).notes
        assert all(note.end <= TICKS_PER_BAR for note in new)
        assert voice != "arp" or not new
        assert voice != "drums" or {note.onset for note in new} <= {0}


def test_bass_holds_the_root_pad_the_chord_and_lead_the_tonic():
    assert [(note.pitch % 12, note.onset) for note in ending("bass", chords=(AM,) * 4)] == [(9, 0)]
    assert {note.pitch % 12 for note in ending("pad", chords=(AM,) * 4)} == {9, 0, 4}
    assert [note.pitch % 12 for note in ending("lead", chords=(AM,) * 4)] == [9]
    assert [note.pitch % 12 for note in ending("lead", chords=(G,) * 4)] == [7]  # a chord without the tonic: its root


def test_the_lead_comes_home_by_the_shortest_way():
    def after(pitch):
        heard = Heard(make_plan(), {"lead": Bar((Note(0, 120, pitch, 90),))})
        return ending("lead", chords=(AM,) * 4, history=(heard,))[0].pitch

    assert [after(pitch) for pitch in (67, 71, 79, 83)] == [69, 69, 81, 81]


def test_a_told_change_under_the_last_chord_is_followed():
    notes = ending("pad", chords=(DM, DM, G, G))
    assert {note.onset for note in notes} == {0, 2 * TICKS_PER_BEAT}
    assert all((DM if note.onset == 0 else G).contains(note.pitch) for note in notes)
    assert all(note.end <= 2 * TICKS_PER_BEAT for note in notes if note.onset == 0)


def test_the_drums_strike_once_what_the_groove_has_and_the_cymbal():
    for name, genre in GENRES.items():
        for section in genre.sections:
            notes = ending("drums", genre=name, section=section)
            assert {note.onset for note in notes} == {0}
            names = {drum for drum, pitch in genre.kit.items() if pitch in {note.pitch for note in notes}}
            grooves = [genre.grooves[groove] for groove in genre.sections[section].drums]
            assert "crash" in names
            assert all(any(drum in groove for groove in grooves) for drum in names - {"crash"})
    assert {note.pitch for note in ending("drums", section="breakdown")} == {GENRES["uplifting"].kit["crash"]}


def test_it_rings_as_long_as_the_genre_says():
    for voice, steps in (("bass", 2), ("lead", 8), ("pad", 8), ("drums", 16)):
        for note in ending(voice, genre="psytrance", chords=(AM,) * 4):
            assert note.duration == steps * TICKS_PER_STEP


def test_a_performer_heard_late_does_not_strike_what_rings_rightly():
    held = Bar((Note(0, TICKS_PER_BAR, 57, 90), Note(0, TICKS_PER_BAR, 60, 90)))
    past = {"committed": {"pad": held}, "start": TICKS_PER_BEAT}
    assert ending("pad", chords=(AM,) * 4, **past) == held.notes
    other = ending("pad", chords=(AM, G, G, G), **past)
    assert {note.onset for note in other} == {0, TICKS_PER_BEAT}
    empty = Request(make_plan(closing=True, chords=(AM,) * 4), ("bass",), start=TICKS_PER_STEP + 1)
    assert [note.onset for note in RULES.write(empty)["bass"].notes] == [2 * TICKS_PER_STEP]


@given(st.floats(0, 1))
def test_a_louder_piece_ends_louder(tension):
    loud, soft = (sum(n.velocity for n in ending("drums", tension=wish)) for wish in (tension, 0.0))
    assert loud >= soft
