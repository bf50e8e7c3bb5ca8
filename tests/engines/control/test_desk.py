import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.control.command import Command, Lexicon, parse
from engines.control.desk import Desk
from engines.control.fold import apply, read, state
from engines.control.state import Auto, Control, Fixed, Loop, Ramp, steady
from engines.control.tree import STATE_PATHS, When
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.theory.numeral import parse_loop

LEXICON = Lexicon(
    sections=("intro", "drop"),
    genres=("uplifting", "house"),
    experts={v: {"rules": ()} for v in ("lead", "bass", "arp", "pad", "drums")},
)


def control(**wishes) -> Control:
    base = {
        "genre": "uplifting",
        "section": "intro",
        "tension": steady(0.4),
        "harmony": Loop(parse_loop(["Am F C G"])),
        "key": Key.parse("Am"),
        "tempo": steady(138.0),
    }
    return Control(**(base | wishes))


def command(address: str, *args: object) -> Command:
    parsed = parse(address, args, LEXICON)
    assert isinstance(parsed, Command), parsed
    return parsed


def desk_after(*commands: tuple) -> Desk:
    desk = Desk(control())
    for one in commands:
        desk.receive(command(*one))
    return desk


def test_nothing_is_in_force_before_its_moment():
    desk = desk_after(("/section", "drop"), ("/key", "C"))
    assert desk.control == control()
    desk.take(When.bar, 0)
    assert desk.control.section == "drop"
    assert desk.control.key == Key.parse("Am")
    desk.take(When.phrase, 0)
    assert desk.control.key == Key.parse("C")


def test_the_wish_is_seen_at_once():
    desk = desk_after(("/key", "C", "section"))
    assert desk.wish.key == Key.parse("C")


def test_the_last_wish_wins_whenever_it_is_due():
    desk = desk_after(("/tension", 0.9, "section"), ("/tension", 0.2, "bar"))
    assert len(desk.pending) == 1
    desk.take(When.section, 0)
    assert desk.control.tension.end == 0.2


def test_chord_chords_and_auto_replace_each_other():
    desk = desk_after(("/chords/auto",), ("/chord", "Dm"))
    desk.take(When.section, 0)
    assert desk.control.harmony == Fixed(Chord.parse("Dm"))
    desk.receive(command("/chords/auto", "bar"))
    desk.take(When.bar, 0)
    assert isinstance(desk.control.harmony, Auto)


def test_the_same_chords_again_are_a_new_wish():
    desk = desk_after(("/chords", "Am F C G"))
    desk.take(When.bar, 0)
    assert desk.control.harmony_serial == control().harmony_serial + 1


def test_held_notes_rule_until_released():
    desk = Desk(control())
    desk.receive(Command("held", (Chord.parse("Dm"),), When.bar))
    desk.take(When.bar, 0)
    assert desk.control.held == Chord.parse("Dm")
    assert isinstance(desk.control.harmony, Loop)
    desk.receive(Command("held", (), When.bar))
    desk.take(When.bar, 0)
    assert desk.control.held is None


def test_a_ramp_begins_where_the_value_is():
    after = apply(control(tension=Ramp(0.0, 1.0, 0, 960)), command("/tension", 0.0, 2), 480)
    assert after.tension.at(480) == pytest.approx(0.5)
    assert after.tension.at(480 + 960) == 0.0
    assert after.tension.at(480 + 480) == pytest.approx(0.25)


def test_a_performer_takes_over_from_the_autopilot():
    assert not apply(control(autopilot=True), command("/section", "drop"), 0).autopilot
    assert not apply(control(autopilot=True), command("/tension", 0.1), 0).autopilot


def test_undo_of_what_is_in_force():
    desk = desk_after(("/section", "drop"))
    desk.take(When.bar, 0)
    desk.receive(command("/undo"))
    assert desk.wish.section == "intro"
    assert desk.control.section == "drop"
    desk.take(When.bar, 0)
    assert desk.control.section == "intro"


def test_undo_of_what_is_still_pending():
    desk = desk_after(("/tension", 0.2), ("/tension", 0.9), ("/undo",))
    assert desk.wish.tension.end == 0.2
    desk.receive(command("/undo"))
    assert desk.pending == ()
    rejected = desk.receive(command("/undo"))
    assert rejected is not None
    assert "nothing" in rejected.reason


def test_scenes():
    desk = desk_after(("/section", "drop"), ("/scene/save", "high"), ("/section", "intro"))
    desk.take(When.bar, 0)
    scene = parse("/scene", ["high"], Lexicon(scenes=("high",)))
    assert isinstance(scene, Command)
    desk.receive(scene)
    desk.take(When.bar, 0)
    assert desk.control.section == "drop"


def test_solo_silences_the_others_and_mute_wins():
    desk = desk_after(("/voice/lead/solo", 1), ("/voice/bass/solo", 1), ("/voice/bass/mute", 1))
    desk.take(When.now, 0)
    assert [v for v in desk.control.chairs if desk.control.audible(v)] == ["lead"]


def test_every_state_path_reads_as_plain_values():
    values = state(control(), playing=True)
    assert set(values) == set(STATE_PATHS)
    assert all(isinstance(v, int | float | str) for vs in values.values() for v in vs)


COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("/tension"), st.floats(0, 1), st.sampled_from([w.name for w in When])),
        st.tuples(st.just("/section"), st.sampled_from(["intro", "drop"]), st.sampled_from([w.name for w in When])),
        st.tuples(st.just("/density"), st.floats(0, 1), st.sampled_from([w.name for w in When])),
        st.tuples(st.just("/voice/arp/level"), st.floats(0, 1), st.sampled_from([w.name for w in When])),
    ),
    max_size=12,
)


@given(COMMANDS)
def test_law_taking_everything_gives_the_wish_and_nothing_mutates(commands):
    desk = Desk(control())
    first = desk.control
    for one in commands:
        desk.receive(command(*one))
    wish = desk.wish
    desk.take(When.section, 0)
    for path in STATE_PATHS:
        assert read(desk.control, path) == read(wish, path)
    assert first == control()
    last = {one[0]: one[1] for one in commands}
    for address, value in last.items():
        heard = read(desk.control, address[1:])[0]
        assert heard == (value if isinstance(value, str) else pytest.approx(value, rel=1e-6))


@given(COMMANDS)
def test_law_undoing_every_command_gives_the_control_of_before(commands):
    desk = Desk(control())
    for one in commands:
        desk.receive(command(*one))
    for _ in commands:
        assert desk.receive(command("/undo")) is None
    desk.take(When.section, 0)
    assert desk.control == control()


@given(COMMANDS, st.sampled_from(list(When)), st.integers(0, 10_000))
def test_law_a_preview_is_what_taking_gives_and_takes_nothing(commands, when, tick):
    desk = Desk(control())
    for one in commands:
        desk.receive(command(*one))
    pending, before = desk.pending, desk.control
    preview = desk.preview(when, tick)
    assert (desk.pending, desk.control) == (pending, before)
    desk.take(when, tick)
    assert desk.control == preview
