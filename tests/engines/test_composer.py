import pytest
from msgspec.structs import replace

from engines.composer import THEMES, Score, compose
from engines.control.state import Auto, Fixed, Loop
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from engines.units import TICKS_PER_BEAT, TICKS_PER_STEP, VOICES
from tests.engines.band import GENRES, answer, control, perform, play


def roots(bars):
    return [bar.plan.chords[0].name for bar in bars]


def test_the_loop_goes_round_one_chord_a_bar():
    assert roots(perform([control()] * 6)) == ["Am", "F", "C", "G", "Am", "F"]


def test_several_chords_in_a_bar():
    wish = control(harmony=Loop(parse_loop(["Am F|G"])))
    assert [c.name for c in perform([wish] * 2)[1].plan.chords] == ["F", "F", "G", "G"]


def test_new_chords_begin_on_the_bar_where_they_take_effect():
    new = control(harmony=Loop(parse_loop(["Dm G"])), harmony_serial=1)
    assert roots(perform([control()] * 3 + [new] * 3)) == ["Am", "F", "C", "Dm", "G", "Dm"]


def test_the_same_chords_asked_again_begin_again():
    again = control(harmony_serial=1)
    assert roots(perform([control()] * 2 + [again] * 2)) == ["Am", "F", "Am", "F"]


def test_numerals_follow_the_key():
    wish = control(harmony=Loop(parse_loop(["i VI"])))
    other = replace(wish, key=Key.parse("Dm"))
    assert roots(perform([wish, wish, other, other])) == ["Am", "F", "Dm", "Bb"]


def test_a_held_chord_rules_until_released():
    held = control(held=Chord.parse("Em"))
    assert roots(perform([control(), held, control()])) == ["Am", "Em", "C"]


def test_a_fixed_chord_stays():
    assert roots(perform([control(harmony=Fixed(Chord.parse("Em")))] * 3)) == ["Em"] * 3


def test_auto_chooses_a_phrase_at_a_time_and_again_in_another_key():
    wish = control(harmony=Auto())
    phrase = GENRES["uplifting"].phrase_bars
    bars = perform([wish] * (phrase + 1))
    assert bars[0].score.cursor.chosen == bars[phrase - 1].score.cursor.chosen
    assert bars[phrase].score.cursor.chosen_at == phrase
    other = perform([wish, replace(wish, key=Key.parse("Dm"))])
    assert other[1].score.cursor.chosen_key == Key.parse("Dm")


def test_hold_repeats_the_bar_and_then_goes_on_from_there():
    bars = perform([control()] * 2 + [control(hold=True)] * 3 + [control()] * 2)
    assert [bar.plan.index for bar in bars] == list(range(7))
    assert roots(bars) == ["Am", "F", "F", "F", "F", "C", "G"]
    assert bars[2].wire == bars[1].wire == bars[4].wire
    assert bars[5].plan.section_bar == 2


def test_again_plays_the_running_bar_once_more():
    bars = perform([control()] * 2 + [control(again=1)] * 2)
    assert roots(bars) == ["Am", "F", "F", "C"]


def test_a_section_begins_at_its_first_bar():
    bars = perform([control(section="intro")] * 3 + [control(section="drop")] * 2)
    assert [bar.plan.section_bar for bar in bars] == [0, 1, 2, 0, 1]


def test_the_autopilot_walks_through_the_sections():
    from engines import conductor
    from engines.composer import Score

    genre = GENRES["uplifting"]
    wish, score, seen = control(section="intro", autopilot=True), Score(), []
    for _ in range(160):
        wish = conductor.steer(wish, score.cursor, genre, score.cursor.bar * 1920)
        bar = play(compose(score, wish, genre, 138.0))
        score = bar.score
        seen.append((bar.plan.section, bar.plan.mean_tension))
    assert len({section for section, _ in seen}) >= 4
    lengths = [i for i in range(1, 160) if seen[i][0] != seen[i - 1][0]]
    assert all(length % genre.phrase_bars == 0 for length in lengths)
    assert max(t for _, t in seen) - min(t for _, t in seen) > 0.4


def test_same_seed_same_music_and_another_seed_other_music():
    first, second = perform([control(seed=7)] * 8), perform([control(seed=7)] * 8)
    assert [bar.wire for bar in first] == [bar.wire for bar in second]
    assert [bar.wire for bar in first] != [bar.wire for bar in perform([control(seed=8)] * 8)]


@pytest.mark.parametrize("start", [TICKS_PER_STEP, TICKS_PER_BEAT, 3 * TICKS_PER_BEAT])
def test_rewriting_keeps_what_has_sounded(start):
    bars = perform([control()] * 3)
    before, old = bars[1].score, bars[2]
    committed = {voice: bar.before(start) for voice, bar in old.bars.items()}
    wish = control(harmony=Fixed(Chord.parse("Dm")), harmony_serial=1)
    new = play(compose(before, wish, GENRES["uplifting"], 138.0, start=start, old=old))
    for voice in VOICES:
        assert new.bars[voice].before(start) == committed[voice]
    assert new.plan.index == old.plan.index
    assert new.bars["arp"].since(start) != old.bars["arp"].since(start)


def test_a_bar_whose_chord_changed_tells_the_chords_that_sound():
    bars = perform([control()] * 2)
    wish = control(harmony=Fixed(Chord.parse("E7")), harmony_serial=1)

    def names(start, old, wish=wish):
        new = play(compose(bars[0].score, wish, GENRES["uplifting"], 138.0, start=start, old=old))
        return [chord.name for chord in new.plan.chords], new

    assert names(2 * TICKS_PER_BEAT, bars[1])[0] == ["F", "F", "E7", "E7"]
    chords, new = names(TICKS_PER_BEAT + TICKS_PER_STEP, bars[1])
    assert chords == ["F", "E7", "E7", "E7"]  # the beat in which it changes is the new chord's
    third = control(harmony=Fixed(Chord.parse("Dm")), harmony_serial=2)
    assert names(3 * TICKS_PER_BEAT, new, third)[0] == ["F", "E7", "E7", "Dm"]


def test_what_is_remembered_of_a_bar_are_the_chords_that_sounded():
    loop = control(harmony=Loop(parse_loop(["Am F|G"])))
    bars = perform([loop] * 2)
    wish = control(harmony=Fixed(Chord.parse("E7")), harmony_serial=1)
    new = play(compose(bars[0].score, wish, GENRES["uplifting"], 138.0, start=3 * TICKS_PER_BEAT, old=bars[1]))
    played = [[chord.name for chord in chords] for chords in new.score.past]
    assert played == [["Am"] * 4, ["F", "F", "G", "E7"]]


def test_humanize_and_swing_at_zero_are_exactly_on_the_grid():
    for bar in perform([control(humanize=0.0, swing=0.0)] * 16):
        assert all(n.onset % TICKS_PER_STEP == 0 for b in bar.wire.values() for n in b.notes)


def test_voices_that_rest_in_a_section_are_silent():
    genre = GENRES["uplifting"]
    for name, section in genre.sections.items():
        bar = perform([control(section=name)])[0]
        for voice in VOICES:
            if voice not in section.players:
                assert bar.wire[voice].notes == ()


def asked(wish, score, upcoming=None):
    """Return the chairs that are asked for the next bar."""
    composition, chairs, found = compose(score, wish, GENRES["uplifting"], 138.0, upcoming=upcoming), [], None
    try:
        while True:
            question = composition.send(found) if found is not None else next(composition)
            chairs.append(question.chair)
            found = answer(question.request)
    except StopIteration as done:
        return chairs, done.value


def test_the_form_is_asked_for_in_the_last_bar_of_a_section_under_the_autopilot_only():
    wish = control(section="build", autopilot=True)
    score = perform([wish] * 7)[-1].score
    assert "form" not in asked(wish, perform([wish] * 6)[-1].score)[0]
    chairs, composed = asked(wish, score)
    assert chairs[0] == "form"
    assert composed.plan.upcoming == composed.score.cursor.coming.section == "drop"
    assert "form" not in asked(replace(wish, autopilot=False), score)[0]
    chairs, composed = asked(wish, score, upcoming="intro")
    assert "form" not in chairs
    assert composed.plan.upcoming == "intro"


def test_the_lead_of_a_sections_first_phrase_is_its_theme():
    drop, rest = control(section="drop"), control(section="breakdown")
    bars = perform([drop] * 12 + [rest] * 8 + [drop] * 8)
    themes = list(bars[11].score.themes.values())
    assert len(themes) == 1
    assert [heard.bars for heard in themes[0]] == [{"lead": bar.bars["lead"]} for bar in bars[:8]]
    assert bars[-1].score.themes == bars[19].score.themes  # what came first stays
    assert len(bars[-1].score.themes) == 2


def test_a_section_in_its_first_phrase_is_told_no_theme_and_later_its_own():
    told, score = [], Score()
    for section in ["drop"] * 8 + ["breakdown"] * 2 + ["drop"] * 10:
        composition = compose(score, control(section=section), GENRES["uplifting"], 138)
        ask = next(composition)
        told.append(ask.request.theme)
        try:
            while True:
                ask = composition.send(answer(ask.request))
                assert getattr(ask.request, "theme", None) is None  # it is the lead's alone
        except StopIteration as done:
            score = done.value.score
    assert told[:10] == [None] * 10
    assert [theme.plan.index for theme in told[10:]] == [*range(8), 0, 1]


def test_another_seed_and_another_piece_have_other_themes():
    drop, other = control(section="drop"), control(section="drop", seed=1)
    assert len(perform([drop] * 8 + [other] * 2)[-1].score.themes) == 2
    sections = [control(section=("drop", "build")[bar % 2]) for bar in range(60)]
    assert 2 < len(perform(sections)[-1].score.themes) <= THEMES


def test_where_the_conductor_leads_a_second_phrase_brings_something_new():
    for genre in GENRES.values():
        late = set(genre.sections["breakdown"].enters)
        wish = control(genre=genre.name, section="breakdown")
        led, by_hand = (perform([replace(wish, autopilot=on)] * 16) for on in (True, False))
        assert late
        for voice in late:
            assert not any(bar.bars[voice].notes for bar in led[:8])
            assert all(bar.bars[voice].notes for bar in (*led[8:], *by_hand))
