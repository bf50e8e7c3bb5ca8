"""The last bar of the music, as conductor and composer have it: known, at home, and nothing else is another."""

from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines import conductor
from engines.composer import Score, compose
from engines.control.state import Auto, Fixed, Loop, steady
from engines.expert import HarmonyRequest
from engines.form import FormRequest, drawn
from engines.homecoming import AT_HOME, home, told_home
from engines.theory.chord import Chord
from engines.theory.key import MODES, Key
from engines.theory.numeral import in_key, parse_loop
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_STEP
from tests.engines.band import GENRES, answer, control, play

KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(sorted(MODES)))
SECTIONS = st.sampled_from(sorted(GENRES["uplifting"].sections))
STRUCTURES = st.lists(st.tuples(SECTIONS, st.integers(1, 11)), min_size=1, max_size=3)
COMMON = {"genre": st.sampled_from(sorted(GENRES)), "structure": STRUCTURES, "key": KEYS, "seed": st.integers(0, 99)}
LAW = settings(max_examples=60, deadline=None)


def arranged(genre, structure, **wishes):
    """The control of a piece of these (section, bars)."""
    visits = tuple(replace(drawn(GENRES[genre], name), bars=bars) for name, bars in structure)
    wishes = {"tension": steady(visits[0].tension[0]), "after": "end"} | wishes
    return control(genre=genre, section=visits[0].section, autopilot=True, arrangement=visits, **wishes)


def bars_of(control, count=None):
    genre, score, bars = GENRES[control.genre], Score(), []
    for bar in range(count or sum(visit.bars for visit in control.arrangement)):
        control = conductor.steer(control, score.cursor, genre, bar * TICKS_PER_BAR)
        bars.append(play(compose(score, control, genre, 138.0)))
        score = bars[-1].score
    return bars


@LAW
@given(**COMMON)
def test_the_music_comes_home_with_its_last_bar_and_only_there(genre, structure, key, seed):
    bars = bars_of(arranged(genre, structure, key=key, seed=seed, harmony=Auto()))
    assert [bar.plan.closing for bar in bars] == [False] * (len(bars) - 1) + [True]
    assert bars[-1].plan.chords == (home(key),) * 4
    assert bars[-1].plan.chords[0].root == key.tonic
    assert bars[-1].plan.upcoming is None
    for before, after in pairwise(bars):
        assert before.plan.next_chord == after.plan.chords[0] or _new_phrase(after)
    if len(bars) > 1:
        assert bars[-2].plan.next_chord == home(key)
        assert key.degree(bars[-2].plan.chords[-1].root) not in AT_HOME


def _new_phrase(bar):
    """Whether the harmony chose anew with this bar."""
    return bar.score.cursor.chosen_at == bar.score.cursor.loop_bar - 1


@LAW
@given(**COMMON)
def test_nothing_sounds_after_the_last_stroke_and_nothing_past_the_end(genre, structure, key, seed):
    wish = arranged(genre, structure, key=key, seed=seed, harmony=Auto(), humanize=1.0)
    last = bars_of(wish)[-1]
    assert {note.onset for bar in last.bars.values() for note in bar.notes} <= {0}
    assert all(note.onset < TICKS_PER_STEP for bar in last.wire.values() for note in bar.notes)
    assert all(note.end <= TICKS_PER_BAR for bar in last.wire.values() for note in bar.notes)
    assert last.wire["arp"].notes == ()
    assert all(last.bars[voice].notes for voice in last.plan.active if voice != "arp")
    ending = GENRES[genre].ending
    assert all(
        note.end <= getattr(ending, voice) * TICKS_PER_STEP for voice, b in last.bars.items() for note in b.notes
    )


@LAW
@given(**COMMON, text=st.sampled_from(["Am F C G", "i|V", "Dm7 E7|Bb", "i7 VI III VII|i"]))
def test_told_chords_stay_up_to_the_last_two_bars_and_come_home_where_they_can(genre, structure, key, seed, text):
    loop = parse_loop([text])
    wish = arranged(genre, structure, key=key, seed=seed, harmony=Loop(loop))
    ended, open_ = bars_of(wish), bars_of(replace(wish, after="free"))
    told = told_home([[in_key(symbol, key) for symbol in bar] for bar in loop], key)
    stays = told is None or len(ended) == 1
    same = len(ended) - (1 if stays else 2)
    assert [(b.bars, b.wire, b.plan) for b in ended[:same]] == [(b.bars, b.wire, b.plan) for b in open_[:same]]
    assert ended[-1].plan.chords == (open_[-1].plan.chords if stays else (told,) * 4)
    if not stays:
        assert ended[-2].plan.chords[0] == open_[-2].plan.chords[0]
        assert ended[-2].plan.chords[-1] in (*open_[-2].plan.chords, *open_[-1].plan.chords)
        assert ended[-2].plan.next_chord == told
        assert {note.onset for voice in ("bass", "pad", "lead") for note in ended[-1].bars[voice].notes} <= {0}
    for voice in ("bass", "pad", "lead"):
        for note in ended[-1].bars[voice].notes:
            beats = range(note.onset // TICKS_PER_BEAT, -(-note.end // TICKS_PER_BEAT))
            assert all(ended[-1].plan.chords[beat].contains(note.pitch) for beat in beats)


@pytest.mark.parametrize(
    ("told", "key", "last_two"),
    [
        ("Am F C G", "Am", "C G Am"),  # nothing told is lost
        ("Am F C G", "C", "C G C"),
        ("F C G Am", "Am", "G Am"),
        ("G7 C/E", "C", "G7 C"),
        ("Dm G|C", "C", "Dm G C"),
        ("F G", "C", "F G"),
        ("C7 F7", "C", "C7 F7"),
        ("Asus4 E7", "Am", "Asus4 E7"),
        ("A5 G5", "Am", "A5 G5 A5"),
    ],
)
def test_a_told_loop_comes_home_on_the_chord_of_its_own_that_rests(told, key, last_two):
    bars = bars_of(arranged("uplifting", [("drop", 8)], key=Key.parse(key), harmony=Loop(parse_loop([told]))))
    names = [chord.name for bar in bars[-2:] for chord in bar.plan.chords]
    assert " ".join(name for name, _ in groupby(names)) == last_two


def test_a_chord_that_is_held_or_told_alone_stays_at_the_end():
    wish = arranged("uplifting", [("drop", 4)], harmony=Loop(parse_loop(["Am G"])))
    held, fixed = replace(wish, held=Chord.parse("Dm")), replace(wish, harmony=Fixed(Chord.parse("F")))
    assert {chord.name for bar in bars_of(held) for chord in bar.plan.chords} == {"Dm"}
    assert {chord.name for bar in bars_of(fixed) for chord in bar.plan.chords} == {"F"}


def test_chords_told_for_the_last_bar_begin_with_their_first():
    wish = arranged("uplifting", [("drop", 4)], harmony=Loop(parse_loop(["Am G"])))
    new = replace(wish, harmony=Loop(parse_loop(["F Am"])), harmony_serial=1)
    score = bars_of(wish, 3)[-1].score
    assert {chord.name for chord in play(compose(score, new, GENRES["uplifting"], 138.0)).plan.chords} == {"F"}


def questions(score, control):
    """The chairs asked for the next bar, and what."""
    composition, asked, found = compose(score, control, GENRES[control.genre], 138.0), {}, None
    try:
        while True:
            ask = composition.send(found) if found is not None else next(composition)
            asked[ask.chair] = ask.request
            found = answer(ask.request)
    except StopIteration:
        return asked


def test_nobody_is_asked_what_follows_the_last_bar_nor_for_its_chords():
    wish = arranged("uplifting", [("drop", 9)], harmony=Auto())
    score = bars_of(wish, 8)[-1].score
    assert not {HarmonyRequest, FormRequest} & {type(request) for request in questions(score, wish).values()}
    onwards = questions(score, replace(wish, after="free"))
    assert {HarmonyRequest, FormRequest} <= {type(request) for request in onwards.values()}


@pytest.mark.parametrize(("bars", "asked"), [(8, 7), (9, 8), (10, 8), (2, 1)])
def test_the_harmony_is_asked_for_a_cadence_that_leads_to_the_last_bar(bars, asked):
    request = questions(Score(), arranged("uplifting", [("drop", bars)], harmony=Auto()))["harmony"]
    assert (request.bars, request.cadence) == (asked, bars <= 9)


def test_the_end_is_in_sight_over_sections_and_gone_when_a_performer_takes_over():
    wish = arranged("uplifting", [("intro", 3), ("drop", 2)])
    score, genre = bars_of(wish, 1)[-1].score, GENRES["uplifting"]
    assert conductor.bars_left(wish, score.cursor, genre) == 4
    assert conductor.bars_left(replace(wish, autopilot=False), score.cursor, genre) is None
    assert conductor.bars_left(replace(wish, after="free"), score.cursor, genre) is None
    late = bars_of(wish)[-2].score
    taken = play(compose(late, wish, genre, 138.0, upcoming="breakdown"))
    assert not taken.plan.closing
    assert taken.plan.upcoming == "breakdown"


def test_what_begins_again_leads_back_to_its_first_section():
    wish = arranged("uplifting", [("breakdown", 2), ("build", 3)], after="again")
    bars = bars_of(wish, 12)
    assert [bar.plan.section for bar in bars] == (["breakdown"] * 2 + ["build"] * 3) * 2 + ["breakdown"] * 2
    assert bars[4].plan.upcoming == "breakdown"
    assert not any(bar.plan.closing for bar in bars)


def test_a_last_bar_that_is_held_is_no_end():
    wish = arranged("uplifting", [("drop", 2)])
    bars = bars_of(wish)
    held = play(compose(bars[-1].score, replace(wish, hold=True), GENRES["uplifting"], 138.0))
    assert held.wire == bars[-1].wire
    assert not held.plan.closing


@pytest.mark.parametrize("start", [TICKS_PER_STEP, 2 * TICKS_PER_BEAT])
def test_the_rest_of_a_last_bar_written_anew_is_still_the_last(start):
    wish = arranged("uplifting", [("drop", 2)])
    bars = bars_of(wish)
    new = replace(wish, autopilot=False, harmony=Loop(parse_loop(["Dm"])), harmony_serial=1)
    again = play(compose(bars[0].score, new, GENRES["uplifting"], 138.0, start=start, old=bars[1]))
    assert again.plan.closing
    assert {note.onset for note in again.bars["pad"].notes} == {0, start}
    assert again.bars["drums"] == bars[1].bars["drums"]
    same = play(compose(bars[0].score, replace(wish, seed=5), GENRES["uplifting"], 138.0, start=start, old=bars[1]))
    assert same.bars == bars[1].bars
