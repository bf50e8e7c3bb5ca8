import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.conductor import Cursor, chords_of
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


def keys(desk: Desk, chord: str, *, let_go: bool = False) -> None:
    """The keys of a chord are down; let_go: fewer than before, and no new one."""
    desk.receive(Command("held", (Chord.parse(chord), int(let_go)), When.bar))


def no_keys(desk: Desk) -> None:
    desk.receive(Command("held", (), When.bar))


def heard(desk: Desk) -> str:
    """What sounds after a bar line, where the loop is in its first bar."""
    desk.take(When.bar, 0)
    (chord,) = chords_of(desk.control, Cursor())
    return chord.name


@pytest.mark.parametrize(
    ("word", "chord"), [(("/chord", "Bb"), "Bb"), (("/chords", "Dm G"), "Dm"), (("/scene", "one"), "Am")]
)
def test_what_is_said_of_the_harmony_after_the_keys_wins_over_them(word, chord):
    desk = desk_after(("/scene/save", "one"))
    keys(desk, "Em")
    assert heard(desk) == "Em"
    desk.receive(Command("scene", ("one",), When.bar) if word[0] == "/scene" else command(*word))
    assert read(desk.wish, "chord") == ((chord,) if word[0] == "/chord" else ("",))
    assert heard(desk) == chord
    keys(desk, "E5", let_go=True)
    assert heard(desk) == chord
    keys(desk, "F")
    assert heard(desk) == "F"
    no_keys(desk)
    assert heard(desk) == chord


def test_auto_after_the_keys_wins_over_them():
    desk = desk_after()
    keys(desk, "Em")
    desk.receive(command("/chords/auto", "bar"))
    desk.take(When.bar, 0)
    assert desk.control.by_hand is None
    assert read(desk.wish, "chords/auto") == (1,)


def test_keys_and_chord_within_one_bar_rule_in_their_order():
    desk = desk_after()
    keys(desk, "Em")
    desk.receive(command("/chord", "Bb"))
    assert heard(desk) == "Bb"
    desk.receive(command("/chord", "C"))
    keys(desk, "Dm")
    assert heard(desk) == "Dm"


def test_chords_said_before_the_keys_and_due_later_do_not_win_over_them():
    desk = desk_after(("/chords", "Dm G", "phrase"))
    keys(desk, "Em")
    assert heard(desk) == "Em"
    assert read(desk.wish, "chord") == ("Em",)
    desk.take(When.phrase, 0)
    assert heard(desk) == "Em"
    no_keys(desk)
    assert heard(desk) == "Dm"


def test_a_chord_that_overtakes_the_keys_stays():
    desk = desk_after()
    keys(desk, "Em")
    desk.receive(command("/chord", "Bb", "now"))
    desk.take(When.now, 0)
    assert heard(desk) == "Bb"
    assert read(desk.wish, "chord") == ("Bb",)


def test_undo_gives_the_harmony_back_to_keys_that_are_still_down():
    desk = desk_after()
    keys(desk, "Em")
    heard(desk)
    desk.receive(command("/chord", "Bb"))
    assert heard(desk) == "Bb"
    desk.receive(command("/undo"))
    assert read(desk.wish, "chord") == ("Em",)
    assert heard(desk) == "Em"
    no_keys(desk)
    assert heard(desk) == "Am"


def test_undo_does_not_press_keys_again():
    desk = desk_after()
    keys(desk, "Em")
    heard(desk)
    desk.receive(command("/chord", "Bb"))
    heard(desk)
    no_keys(desk)
    heard(desk)
    desk.receive(command("/undo"))
    assert heard(desk) == "Am"


def test_undo_of_a_scene_does_not_press_keys_again():
    desk = desk_after(("/scene/save", "one"))
    keys(desk, "Em")
    desk.receive(Command("scene", ("one",), When.bar))
    heard(desk)
    no_keys(desk)
    heard(desk)
    desk.receive(command("/undo"))
    assert heard(desk) == "Am"


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
    desk = desk_after(("/section", "drop"), ("/section", "intro"), ("/undo",))
    assert desk.wish.section == "drop"
    desk.receive(command("/undo"))
    assert desk.pending == ()
    rejected = desk.receive(command("/undo"))
    assert rejected is not None
    assert "nothing" in rejected.reason


def test_undo_of_what_is_in_force_leaves_pending_wishes_their_own_time():
    desk = desk_after(("/key", "C", "phrase"), ("/section", "drop"))
    desk.take(When.bar, 0)
    desk.receive(command("/undo"))
    desk.take(When.bar, 1920)
    assert (desk.control.section, desk.control.key) == ("intro", Key.parse("Am"))
    assert desk.wish.key == Key.parse("C")
    desk.take(When.phrase, 3840)
    assert desk.control.key == Key.parse("C")


def test_undo_leaves_in_force_what_came_due_since():
    desk = desk_after(("/voice/lead/level", 0.1, "phrase"), ("/voice/lead/mute", 1))
    desk.take(When.now, 0)
    desk.take(When.phrase, 1920)
    desk.receive(command("/undo"))
    desk.take(When.bar, 3840)
    assert (desk.control.chairs["lead"].mute, desk.control.chairs["lead"].level) == (False, 0.1)


def test_undo_leaves_what_the_autopilot_did():
    desk = desk_after(("/voice/lead/mute", 1))
    desk.take(When.now, 0)
    desk.adopt(control(section="drop"))
    desk.receive(command("/undo"))
    assert desk.wish.section == "drop"


def test_what_a_wish_made_void_is_wished_again_with_its_own_time():
    desk = desk_after(("/section", "drop", "section"), ("/section", "intro", "bar"))
    desk.take(When.bar, 0)
    desk.receive(command("/undo"))
    desk.take(When.phrase, 1920)
    assert desk.control.section == "intro"
    desk.take(When.section, 3840)
    assert desk.control.section == "drop"


def test_two_undos_at_one_line_bring_back_the_older_of_both():
    desk = desk_after(("/section", "drop"))
    desk.take(When.bar, 0)
    desk.receive(command("/section", "intro"))
    desk.take(When.bar, 1920)
    desk.receive(command("/section", "drop"))
    desk.take(When.bar, 3840)
    desk.receive(command("/undo"))
    desk.receive(command("/undo"))
    assert desk.wish.section == "drop"
    desk.take(When.bar, 5760)
    assert desk.control.section == "drop"


def test_a_scene_that_is_still_to_come_comes_after_an_undo():
    desk = desk_after(("/section", "drop"), ("/scene/save", "high"))
    desk.take(When.bar, 0)
    desk.receive(command("/section", "intro"))
    desk.take(When.bar, 1920)
    scene = parse("/scene", ["high", "phrase"], Lexicon(scenes=("high",)))
    assert isinstance(scene, Command)
    desk.receive(scene)
    desk.receive(command("/tension", 0.1, "now"))
    desk.take(When.now, 2000)
    desk.receive(command("/undo"))
    assert desk.wish.section == "drop"
    desk.take(When.phrase, 3840)
    assert (desk.control.section, desk.control.tension.end) == ("drop", 0.4)


def sweep(desk: Desk, *values: float, address: str = "/tension") -> None:
    for value in values:
        desk.receive(replace(command(address, value, "now"), sweep=True))
        desk.take(When.now, 0)


def test_commands_are_steps_of_their_own_however_close():
    desk = desk_after(("/tension", 0.1), ("/tension", 0.2))
    desk.receive(command("/undo"))
    assert desk.wish.tension.end == 0.1


def test_the_moves_of_a_controller_within_one_bar_are_one_step():
    desk = Desk(control())
    sweep(desk, 0.5, 0.6, 0.7)
    desk.take(When.bar, 1920)
    sweep(desk, 0.8, 0.9)
    desk.receive(command("/undo"))
    assert desk.wish.tension.end == 0.7
    desk.receive(command("/undo"))
    assert desk.wish.tension.end == 0.4
    assert desk.receive(command("/undo")) is not None


def test_two_controllers_moved_at_once_are_two_steps_and_the_one_moved_last_is_the_last():
    desk = Desk(control())
    for value in (0.1, 0.2, 0.3):
        sweep(desk, value)
        sweep(desk, value, address="/density")
    desk.receive(command("/undo"))
    assert (desk.wish.tension.end, desk.wish.density) == (0.3, control().density)
    desk.receive(command("/undo"))
    assert desk.wish == control()


def test_a_button_between_two_moves_parts_them():
    desk = Desk(control())
    sweep(desk, 0.1)
    desk.receive(command("/voice/arp/mute", 1))
    sweep(desk, 0.2)
    desk.receive(command("/undo"))
    assert desk.wish.tension.end == 0.1
    assert desk.wish.chairs["arp"].mute


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
        st.tuples(st.just("/autopilot"), st.integers(0, 1), st.sampled_from([w.name for w in When])),
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
    last = {one[0]: one[1] for one in commands if one[0] != "/autopilot"}  # which section and tension take over
    for address, value in last.items():
        heard = read(desk.control, address[1:])[0]
        assert heard == (value if isinstance(value, str) else pytest.approx(value, rel=1e-6))


# two wishes come into force in another order than they were received, and change the same
@example(
    [("/section", "intro", "beat"), ("/autopilot", 1, "now"), ("/tension", 0.0, "now")],
    [When.now, When.now, When.bar],
)
@given(COMMANDS, st.lists(st.sampled_from([When.now, When.bar, When.phrase]), max_size=12))
def test_law_undoing_everything_gives_the_control_of_before(commands, takes):
    desk = Desk(control())
    for place, one in enumerate(commands):
        desk.receive(command(*one))
        if place < len(takes):
            desk.take(takes[place], 1920 * (place // 2))
    while desk.receive(command("/undo")) is None:
        pass
    assert desk.wish == control()
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


def test_auto_said_again_after_the_keys_overrules_them():
    """What is equal to a wish of which the keys have the last word is not that wish."""
    desk = Desk(control())
    keys = Command("held", (Chord.parse("Dm"), 0), When.bar)
    desk.receive(command("/chords/auto"))
    desk.receive(keys)
    desk.take(When.bar, 0)
    assert desk.wish.by_hand == Chord.parse("Dm")
    desk.receive(command("/chords/auto"))
    assert desk.wish.by_hand is None
    desk.take(When.phrase, 0)
    assert desk.control.by_hand is None
